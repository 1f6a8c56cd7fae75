// A configuration in force, and all that was made from it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "proxy/config/settings.hpp"
#include "proxy/protocol/tunnel_machine.hpp"
#include "proxy/session/tls.hpp"
#include "telemetry/catalogue.hpp"

namespace lastframe::session {

/// What telemetry knows a route of the configuration by: the same from one revision to the next.
struct route_numbers {
  std::size_t route = 0;
  std::vector<std::size_t> endpoints;  ///< by endpoint of the configuration
};

/// What one worker's tunnels share.
struct route_contexts {
  std::shared_ptr<const config::settings> settings;
  std::vector<protocol::tunnel_context> routes;  ///< by route of the settings, which they refer to
};

/// One reading of the configuration as a worker serves it. Immutable once it is in force: a connection holds
/// the one that it was accepted under until it is a tunnel, and so may use its indices across any wait. Each
/// worker has its own, since its tunnels share what is the worker's.
struct revision {
  std::shared_ptr<const config::settings> settings;
  std::shared_ptr<const tls_setup> tls;
  std::shared_ptr<const telemetry::catalogue> names;
  std::vector<route_numbers> numbers;                ///< by route of the settings
  std::shared_ptr<const route_contexts> contexts{};  ///< the worker fills it in

  /// What telemetry knows a route by, and an endpoint of it.
  [[nodiscard]] std::size_t number_of(std::size_t route) const { return numbers.at(route).route; }
  [[nodiscard]] std::size_t endpoint_number(std::size_t route, std::size_t endpoint) const {
    return numbers.at(route).endpoints.at(endpoint);
  }
  /// What the tunnels of a route share. It keeps the settings that they begin with.
  [[nodiscard]] std::shared_ptr<const protocol::tunnel_context> context_of(std::size_t route) const {
    return {contexts, &contexts->routes.at(route)};
  }
};

}  // namespace lastframe::session
