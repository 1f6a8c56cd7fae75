// `lastframe demo`: the proxy in front of a built-in service, with built-in clients that make the numbers
// move.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "proxy/config/settings.hpp"

namespace lastframe::demo {

/// Where the demo listens, and how long it lasts.
struct options {
  std::uint16_t port = 8080;             ///< the proxy's; 0: any free one
  std::uint16_t telemetry_port = 10014;  ///< likewise
  bool clients = true;                   ///< whether built-in clients produce traffic
};

/// Runs the demo until SIGTERM or SIGINT; returns the process' exit code. Throws as server::run does.
int run(const options& how);

}  // namespace lastframe::demo
