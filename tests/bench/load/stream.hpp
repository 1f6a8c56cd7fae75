// One-way streams at full rate.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/bench/load/client.hpp"

namespace lastframe::bench {

struct stream_plan {
  bool up = false;  ///< from clients to the service; else down
  std::size_t tunnels = 4;
  std::size_t size = 64 << 10;  ///< of a message's payload
  std::uint64_t warmup = 0;     ///< messages of each tunnel before the measurement
  std::uint64_t count = 0;      ///< messages of each tunnel in it
};

/// Prints one JSON object; down, with how far the slowest tunnel has come when the first one is done. Throws
/// where a tunnel fails.
void run_stream(const target& to, const stream_plan& plan);

/// The order for the service's /down.
[[nodiscard]] std::string stream_order(std::uint64_t count, std::size_t size);

}  // namespace lastframe::bench
