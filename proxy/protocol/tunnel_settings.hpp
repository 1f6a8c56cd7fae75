// The settings that a tunnel machine obeys; the configuration fills them in per route.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "telemetry/close_record.hpp"

namespace lastframe::protocol {

using std::chrono::milliseconds;
using telemetry::close_code;

/// When a quiet peer is pinged, and how long it may take to answer.
struct keepalive_settings {
  milliseconds interval{20'000};
  milliseconds timeout{20'000};

  bool operator==(const keepalive_settings&) const = default;
};

/// One route's settings for its tunnels. Defaults are the configuration's.
struct tunnel_settings {
  std::optional<keepalive_settings> client_keepalive = keepalive_settings{};    ///< none: off
  std::optional<keepalive_settings> upstream_keepalive = keepalive_settings{};  ///< none: off
  close_code failure_code = 1014;     ///< what a client gets for an upstream failure
  milliseconds failure_delay{5'000};  ///< the longest random wait before it while the route keeps failing
  std::optional<close_code> on_client_lost;  ///< none: `drop`
  bool split = true;                         ///< false: `fragmentation: preserve`
  std::optional<std::uint64_t> max_message;  ///< payload bytes; none: unlimited
  std::optional<milliseconds> max_lifetime;  ///< none: unlimited
  milliseconds write_timeout{120'000};
  milliseconds close_timeout{5'000};

  bool operator==(const tunnel_settings&) const = default;
};

}  // namespace lastframe::protocol
