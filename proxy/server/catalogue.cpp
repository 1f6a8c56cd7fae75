#include "proxy/server/catalogue.hpp"

#include <algorithm>

namespace lastframe::server {

telemetry::catalogue make_catalogue(const config::settings& settings) {
  telemetry::catalogue names;
  for (const config::route& route : settings.routes) {
    names.routes.push_back(route.name);
    auto& endpoints = names.endpoints.emplace_back();
    for (const config::address& each : route.upstream.endpoints) endpoints.push_back(each.text);
    if (route.upstream.tls) names.tls_routes.insert(names.routes.size() - 1);
    names.failure_codes.push_back(route.tunnel.failure_code);
    names.client_lost_codes.push_back(route.tunnel.on_client_lost.value_or(0));
  }
  names.client_tls =
      std::ranges::any_of(settings.listeners, [](const auto& each) { return !each.tls.empty(); });
  names.drain_code = settings.drain.code;
  names.app_codes = settings.telemetry.app_codes;
  names.max_codes = settings.telemetry.max_codes;
  return names;
}

telemetry::log_format log_format_of(const config::log& log) noexcept {
  return log.format == config::log_format::json ? telemetry::log_format::json : telemetry::log_format::text;
}

telemetry::log_level log_level_of(const config::log& log) noexcept {
  switch (log.level) {
    case config::log_level::trace:
      return telemetry::log_level::trace;
    case config::log_level::debug:
      return telemetry::log_level::debug;
    case config::log_level::info:
      return telemetry::log_level::info;
    case config::log_level::warning:
      return telemetry::log_level::warning;
    case config::log_level::error:
      break;
  }
  return telemetry::log_level::error;
}

telemetry::access_filter access_filter_of(const config::log& log) noexcept {
  switch (log.access) {
    case config::access_log::all:
      return telemetry::access_filter::all;
    case config::access_log::abnormal:
      return telemetry::access_filter::abnormal;
    case config::access_log::off:
      break;
  }
  return telemetry::access_filter::off;
}

telemetry::server_options server_options_of(const config::telemetry_settings& settings) {
  telemetry::server_options options;
  options.host = settings.where.host;
  options.port = settings.where.port;
  switch (settings.details) {
    case config::details::automatic:
      options.details = telemetry::details::automatic;
      break;
    case config::details::always:
      options.details = telemetry::details::always;
      break;
    case config::details::never:
      options.details = telemetry::details::never;
      break;
  }
  return options;
}

}  // namespace lastframe::server
