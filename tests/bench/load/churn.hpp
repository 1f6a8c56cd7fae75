// Connections that are opened, used once and closed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/bench/load/client.hpp"

namespace lastframe::bench {

struct churn_plan {
  std::size_t at_once = 32;
  std::size_t size = 64;     ///< of the message that is echoed
  std::uint64_t warmup = 0;  ///< connections before the measurement
  std::uint64_t count = 0;   ///< connections in it
};

/// Connects, upgrades, has one message echoed, closes with a Close and waits for TCP's end; then the next.
/// Prints one JSON object, its latencies from connect to end. Throws where a connection fails.
void run_churn(const target& to, const churn_plan& plan);

}  // namespace lastframe::bench
