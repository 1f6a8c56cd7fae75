// How the telemetry server's thread looks at what only a worker's thread may.
#pragma once

#include <functional>

#include "telemetry/recorder.hpp"

namespace lastframe::telemetry {

/// Runs `look` on one worker's thread, soon, with that worker's recorder; returns at once. May drop `look` if
/// the worker has ended. Called from the telemetry server's thread.
using ask_worker = std::function<void(std::function<void(const recorder&)> look)>;

}  // namespace lastframe::telemetry
