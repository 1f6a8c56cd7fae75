// `/closes` as JSON.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "telemetry/catalogue.hpp"
#include "telemetry/recent_closes.hpp"

namespace lastframe::telemetry {

/// What one worker answered.
struct worker_closes {
  std::vector<tunnel_summary> last;  ///< the newest first
  std::vector<close_window> windows;
};

/// One JSON object:
///
///   {"time": …, "workers": 2, "workers_answered": 2,
///    "closes": [the fields of the access log, the newest first, at most `limit`],
///    "next": null, or, if the answers hold more, what `before=` takes to get those,
///    "window_seconds": 10,
///    "windows": [{"start": …, "counts": [{"leg": "client", "code": "1000", "count": 3}]}, …]}
///
/// Windows in which nothing was counted are left out; the oldest stands first. They span the 15 minutes
/// before `now`.
[[nodiscard]] std::string closes_page(std::vector<worker_closes> answers, std::size_t workers,
                                      std::size_t limit, const catalogue& names,
                                      std::chrono::system_clock::time_point now);

}  // namespace lastframe::telemetry
