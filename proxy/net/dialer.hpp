// Connecting to an upstream's endpoint.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "proxy/net/connection.hpp"
#include "proxy/net/resolver.hpp"
#include "proxy/net/task.hpp"

namespace lastframe::net {

/// Why there is no connection.
enum class dial_error : std::uint8_t {
  not_resolved,
  refused,
  unreachable,  ///< no route, reset, or any other error of the network
  timed_out,
  no_resources,  ///< this machine's: descriptors, ports, buffers
};

/// A connection, or why there is none.
using dial_result = std::variant<connection, dial_error>;

/// Connects to `host`, a name or a literal, by `at`. A name's addresses are tried in turn, each for its share
/// of the time that is left. TCP_NODELAY is set. Whoever calls writes at once, mostly `first`: the
/// handshake's last packet may wait for that. What of it the socket takes as soon as it is connected is sent,
/// and taken off it. The references outlive the task.
[[nodiscard]] task<dial_result> dial_tcp(event_loop& with, resolver& names, const std::string& host,
                                         std::uint16_t port, std::string_view& first, time_point at);
[[nodiscard]] task<dial_result> dial_unix(event_loop& with, const std::string& path, time_point at);

}  // namespace lastframe::net
