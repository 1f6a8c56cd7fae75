// The metrics, summed over the workers at each scrape (DESIGN §8).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "telemetry/catalogue.hpp"
#include "telemetry/recorder.hpp"
#include "telemetry/reload_status.hpp"
#include "telemetry/status.hpp"

namespace lastframe::telemetry {

/// Reads every worker's counters. Any thread; the workers do not notice.
class exporter : public prometheus::Collectable {
 public:
  /// The recorders, all made from `names`, `state` and `reloads` must outlive the exporter.
  exporter(catalogue names, std::vector<const recorder*> recorders, const status& state,
           const reload_status& reloads, std::string version);

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  /// `Collect` in Prometheus' text format, version 0.0.4.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] const catalogue& names() const noexcept { return names_; }
  [[nodiscard]] const std::vector<const recorder*>& recorders() const noexcept { return workers_; }
  [[nodiscard]] const std::string& version() const noexcept { return version_; }

 private:
  catalogue names_;
  std::vector<const recorder*> workers_;
  const status* state_;
  const reload_status* reloads_;
  std::string version_;
  std::vector<close_key> known_;
};

/// All closes of all workers by series, those that stand at 0 left out; sorted. For the summary at the end of
/// a drain.
[[nodiscard]] std::vector<std::pair<close_key, std::uint64_t>> sum_closes(
    const std::vector<const recorder*>& all);

}  // namespace lastframe::telemetry
