// One tunnel with small messages at a fixed rate, beside tunnels that stream at full rate.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/bench/load/client.hpp"

namespace lastframe::bench {

struct mixed_plan {
  std::size_t streams = 8;             ///< down; may be 0
  std::size_t stream_size = 64 << 10;  ///< of their messages' payload
  std::size_t size = 64;               ///< of the small ones'
  std::uint64_t rate = 500;            ///< of these, a second
  std::uint64_t warmup = 100;          ///< of these, before the measurement
  std::uint64_t count = 0;             ///< of these, in it
};

/// Prints one JSON object: latencies of the small messages, whether or not earlier ones had come back when
/// they were sent, and the bytes that were streamed meanwhile. Throws where a tunnel fails.
void run_mixed(const target& to, const mixed_plan& plan);

}  // namespace lastframe::bench
