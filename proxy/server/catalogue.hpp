// What telemetry is told of the configuration.
#pragma once

#include "proxy/config/settings.hpp"
#include "proxy/session/revision.hpp"
#include "telemetry/access_log.hpp"
#include "telemetry/catalogue.hpp"
#include "telemetry/logger.hpp"
#include "telemetry/server.hpp"

namespace lastframe::server {

/// A configuration's names, and the numbers that telemetry knows them by.
struct numbering {
  telemetry::catalogue names;
  std::vector<session::route_numbers> routes;  ///< by route of the configuration
};

/// Numbers a configuration's routes by their names, and a route's endpoints by theirs. Those of `before`, the
/// catalogue until now, keep their numbers and stay in it.
[[nodiscard]] numbering number_names(const config::settings& settings, telemetry::catalogue before = {});
[[nodiscard]] telemetry::log_format log_format_of(const config::log& log) noexcept;
[[nodiscard]] telemetry::log_level log_level_of(const config::log& log) noexcept;
[[nodiscard]] telemetry::access_filter access_filter_of(const config::log& log) noexcept;
[[nodiscard]] telemetry::details details_of(const config::telemetry_settings& settings) noexcept;

}  // namespace lastframe::server
