// `/status` as JSON: what runs, since when, and how its routes do.
#pragma once

#include <chrono>
#include <string>

#include "telemetry/exporter.hpp"
#include "telemetry/status.hpp"

namespace lastframe::telemetry {

/// One JSON object:
///
///   {"version": "0.1.0", "phase": "serving", "time": …, "uptime_seconds": 17, "workers": 2, "tunnels": 5,
///    "routes": [{"route": "chat", "tunnels": 5,
///                "endpoints": [{"endpoint": "127.0.0.1:3000", "failures": {"eof": 2}}]}, …]}
///
/// Failures are counted since the start; causes that never were are left out, and so are routes that are
/// configured no more once their last tunnel has ended.
[[nodiscard]] std::string status_page(const exporter& metrics, phase now,
                                      std::chrono::system_clock::time_point time,
                                      std::chrono::seconds uptime);

}  // namespace lastframe::telemetry
