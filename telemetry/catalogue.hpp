// What telemetry must know of the configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/close_record.hpp"

namespace lastframe::telemetry {

/// The number of `none`: of what ended before a route was found.
inline constexpr std::size_t no_route = std::numeric_limits<std::uint32_t>::max();

/// Names and codes as configured. Value type; telemetry/ knows nothing of proxy/. Where the configuration
/// changes, a later catalogue of the process knows the routes and endpoints of an earlier one by the same
/// numbers, those too that are configured no more.
struct catalogue {
  std::vector<std::string> routes;                               ///< names, by number
  std::vector<std::vector<std::string>> endpoints;               ///< by route, as configured
  std::vector<close_code> failure_codes;                         ///< by route
  std::vector<close_code> client_lost_codes;                     ///< by route; 0: drop
  std::set<std::size_t> tls_routes;                              ///< those whose upstream is, or was, TLS
  std::set<std::size_t> gone_routes;                             ///< those that are configured no more
  std::set<std::pair<std::size_t, std::size_t>> gone_endpoints;  ///< likewise, by route and endpoint
  bool client_tls = false;                                       ///< whether any listener is TLS
  close_code drain_code = 1012;
  std::map<close_code, std::string> app_codes;
  std::size_t max_codes = 64;

  /// The label `route`: a route's name, or `none`.
  [[nodiscard]] std::string_view route_name(std::size_t route) const noexcept {
    return route < routes.size() ? std::string_view{routes[route]} : std::string_view{"none"};
  }
};

}  // namespace lastframe::telemetry
