#include "proxy/server/catalogue.hpp"

#include <algorithm>
#include <utility>

namespace lastframe::server {

namespace {

std::size_t number_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  const auto number = static_cast<std::size_t>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return number;
}

session::route_numbers number_route(const config::route& route, telemetry::catalogue& names) {
  const std::size_t number = number_of(names.routes, route.name);
  names.endpoints.resize(names.routes.size());
  names.failure_codes.resize(names.routes.size());
  names.client_lost_codes.resize(names.routes.size());
  names.failure_codes[number] = route.tunnel.failure_code;
  names.client_lost_codes[number] = route.tunnel.on_client_lost.value_or(0);
  if (route.upstream.tls) names.tls_routes.insert(number);
  session::route_numbers made{number, {}};
  for (const config::address& each : route.upstream.endpoints)
    made.endpoints.push_back(number_of(names.endpoints[number], each.text));
  return made;
}

void note_gone(const std::vector<session::route_numbers>& there, telemetry::catalogue& names) {
  names.gone_routes.clear();
  names.gone_endpoints.clear();
  for (std::size_t i = 0; i < names.routes.size(); ++i) {
    const auto found = std::ranges::find(there, i, &session::route_numbers::route);
    if (found == there.end()) names.gone_routes.insert(i);
    for (std::size_t j = 0; j < names.endpoints[i].size(); ++j) {
      if (found == there.end() || std::ranges::find(found->endpoints, j) == found->endpoints.end())
        names.gone_endpoints.emplace(i, j);
    }
  }
}

}  // namespace

numbering number_names(const config::settings& settings, telemetry::catalogue before) {
  numbering made{std::move(before), {}};
  telemetry::catalogue& names = made.names;
  for (const config::route& route : settings.routes) made.routes.push_back(number_route(route, names));
  note_gone(made.routes, names);
  if (std::ranges::any_of(settings.listeners, [](const auto& each) { return !each.tls.empty(); }))
    names.client_tls = true;
  names.drain_code = settings.drain.code;
  names.app_codes = settings.telemetry.app_codes;
  names.max_codes = settings.telemetry.max_codes;
  return made;
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

telemetry::details details_of(const config::telemetry_settings& settings) noexcept {
  switch (settings.details) {
    case config::details::always:
      return telemetry::details::always;
    case config::details::never:
      return telemetry::details::never;
    case config::details::automatic:
      break;
  }
  return telemetry::details::automatic;
}

}  // namespace lastframe::server
