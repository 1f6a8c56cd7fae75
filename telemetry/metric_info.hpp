// What each metric is and what to ask of it: the help texts of `/metrics`, and docs/metrics.md.
#pragma once

#include <span>
#include <string_view>

#include <prometheus/metric_family.h>

namespace lastframe::telemetry {

/// One metric's description. Static storage.
struct metric_info {
  std::string_view name;
  prometheus::MetricType type;
  std::string_view unit;    ///< of its value, as in "bytes"
  std::string_view labels;  ///< separated by ", "; empty if there are none
  std::string_view help;    ///< what it counts or measures, with the unit
  std::string_view query;   ///< an example in PromQL
  std::string_view tells;   ///< what that example tells, in one sentence
};

/// All metrics that `/metrics` can show, in its order.
[[nodiscard]] std::span<const metric_info> all_metrics() noexcept;

/// A family without series, with the type and the help of its description. Throws std::logic_error if there
/// is none.
[[nodiscard]] prometheus::MetricFamily empty_family(std::string_view name);

}  // namespace lastframe::telemetry
