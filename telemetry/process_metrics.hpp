// `process_*`, as Prometheus' client libraries name them.
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace lastframe::telemetry {

/// This process' CPU seconds, memory, descriptors and start time, from /proc. What cannot be read is left
/// out.
[[nodiscard]] std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace lastframe::telemetry
