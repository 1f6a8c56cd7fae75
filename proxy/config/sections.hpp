// The parts of a file, each read by its own function into its settings. Private to config/.
#pragma once

#include "proxy/config/load.hpp"
#include "proxy/config/mapping.hpp"
#include "proxy/config/settings.hpp"

namespace lastframe::config {

void read_listeners(const value& from, std::vector<listener>& to);
void read_routes(const value& from, std::vector<route>& to);
void read_upstream(const value& from, upstream& to);
void read_limits(const value& from, limits& to, const surroundings& around);
void read_drain(const value& from, drain& to);
void read_telemetry(const value& from, telemetry_settings& to);
void read_log(const value& from, log& to);
void read_forwarded(const value& from);
void read_workers(const value& from, std::size_t& to);

/// A listener's or an upstream's TLS. The files are read when the proxy, or `check`, loads them.
void read_listener_tls(const value& from, std::vector<net::tls_server_settings>& to);
void read_upstream_tls(const value& from, std::optional<net::tls_client_settings>& to);

}  // namespace lastframe::config
