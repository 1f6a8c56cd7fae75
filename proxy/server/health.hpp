// `lastframe health`: asks a running proxy whether it is ready. An ordinary blocking client.
#pragma once

#include <chrono>
#include <string>

#include "proxy/config/settings.hpp"

namespace lastframe::server {

/// What a proxy said of itself.
struct health_answer {
  bool ready = false;
  std::string text;  ///< one line for people: the status, or why there is none
};

/// Asks `/readyz` at a telemetry address over plain HTTP; ready is a status of 200. An address that stands
/// for every address of the machine (0.0.0.0, ::) is asked on loopback. All together takes at most
/// `deadline`, but for the resolution of a name.
[[nodiscard]] health_answer ask_health(const config::host_port& where,
                                       std::chrono::milliseconds deadline = std::chrono::seconds{2});

}  // namespace lastframe::server
