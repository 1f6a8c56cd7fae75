#include "telemetry/status_page.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "telemetry/text.hpp"

namespace lastframe::telemetry {

namespace {

constexpr std::string_view name_of(phase now) {
  switch (now) {
    case phase::starting:
      return "starting";
    case phase::serving:
      return "serving";
    case phase::draining:
      break;
  }
  return "draining";
}

std::uint64_t tunnels_of(const exporter& metrics, std::size_t route) {
  std::uint64_t open = 0;
  for (const recorder* const worker : metrics.recorders()) open += worker->route(route).tunnels.get();
  return open;
}

/// `object` with a last member that is JSON already.
std::string with_member(line_builder object, std::string_view name, const std::string& json) {
  std::string out = object.take();
  out.pop_back();
  return out.append(",\"").append(name).append("\":") + json + '}';
}

std::string endpoint_object(const exporter& metrics, std::size_t route, std::size_t endpoint,
                            const std::string& name) {
  line_builder failures{log_format::json};
  for (std::size_t i = 0; i < cause_count; ++i) {
    const auto why = static_cast<cause>(i);
    std::uint64_t count = 0;
    for (const recorder* const worker : metrics.recorders()) {
      count += worker->upstream_failures(route, endpoint, why);
    }
    if (count != 0) failures.add(to_string(why), count);
  }
  line_builder object{log_format::json};
  object.add("endpoint", name);
  return with_member(std::move(object), "failures", failures.take());
}

std::string route_object(const exporter& metrics, const catalogue& names, std::size_t route,
                         std::uint64_t tunnels) {
  std::string endpoints = "[";
  for (std::size_t i = 0; i < names.endpoints[route].size(); ++i) {
    if (names.gone_endpoints.contains({route, i})) continue;
    if (endpoints.size() > 1) endpoints += ',';
    endpoints += endpoint_object(metrics, route, i, names.endpoints[route][i]);
  }
  line_builder object{log_format::json};
  object.add("route", names.route_name(route));
  object.add("tunnels", tunnels);
  return with_member(std::move(object), "endpoints", endpoints + ']');
}

}  // namespace

std::string status_page(const exporter& metrics, phase now, std::chrono::system_clock::time_point time,
                        std::chrono::seconds uptime) {
  const auto names = metrics.names();
  std::uint64_t tunnels = 0;
  std::string routes = "[";
  const char* separator = "\n";
  for (std::size_t i = 0; i < names->routes.size(); ++i) {
    const std::uint64_t open = tunnels_of(metrics, i);
    if (open == 0 && names->gone_routes.contains(i)) continue;
    tunnels += open;
    routes += std::exchange(separator, ",\n") + route_object(metrics, *names, i, open);
  }
  line_builder object{log_format::json};
  object.add("version", metrics.version());
  object.add("phase", name_of(now));
  object.add("time", to_rfc3339(time));
  object.add("uptime_seconds", std::int64_t{uptime.count()});
  object.add("workers", std::uint64_t{metrics.recorders().size()});
  object.add("tunnels", tunnels);
  return with_member(std::move(object), "routes", routes + ']') + '\n';
}

}  // namespace lastframe::telemetry
