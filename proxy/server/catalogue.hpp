// What telemetry is told of the configuration.
#pragma once

#include "proxy/config/settings.hpp"
#include "telemetry/access_log.hpp"
#include "telemetry/catalogue.hpp"
#include "telemetry/logger.hpp"
#include "telemetry/server.hpp"

namespace lastframe::server {

[[nodiscard]] telemetry::catalogue make_catalogue(const config::settings& settings);
[[nodiscard]] telemetry::log_format log_format_of(const config::log& log) noexcept;
[[nodiscard]] telemetry::log_level log_level_of(const config::log& log) noexcept;
[[nodiscard]] telemetry::access_filter access_filter_of(const config::log& log) noexcept;
[[nodiscard]] telemetry::server_options server_options_of(const config::telemetry_settings& settings);

}  // namespace lastframe::server
