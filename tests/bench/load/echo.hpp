// Closed-loop echoes, and idle tunnels: those are echoes that came to rest.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/bench/load/client.hpp"

namespace lastframe::bench {

struct echo_plan {
  std::size_t tunnels = 64;
  std::size_t size = 64;     ///< of a message's payload
  std::size_t depth = 1;     ///< messages that a tunnel has under way
  std::uint64_t warmup = 0;  ///< messages before the measurement, over all tunnels; at least one each
  std::uint64_t count = 0;   ///< messages in it; 0: none are sent, all tunnels must outlive it
};

/// Prints one JSON object. Throws where a tunnel fails.
void run_echo(const target& to, const echo_plan& plan);

}  // namespace lastframe::bench
