// Where the process stands in its life: what `/readyz` and `lastframe_draining` show.
#pragma once

#include <atomic>
#include <cstdint>

namespace lastframe::telemetry {

enum class phase : std::uint8_t {
  starting,  ///< not ready: not all listeners accept yet
  serving,   ///< ready
  draining,  ///< not ready: from the signal on, `drain.delay` included
};

/// One for the process; whoever starts and drains sets it, any thread reads it. Begins as `starting`.
using status = std::atomic<phase>;

}  // namespace lastframe::telemetry
