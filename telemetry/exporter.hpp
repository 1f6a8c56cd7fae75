// The metrics, summed over the workers at each scrape (DESIGN §8).
#pragma once

#include <memory>
#include <mutex>
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

/// Reads every worker's counters. Any thread; the workers do not notice. Holds the catalogue for all who ask
/// for names.
class exporter : public prometheus::Collectable {
 public:
  /// The recorders, all made from `names`, `state` and `reloads` must outlive the exporter.
  exporter(catalogue names, std::vector<const recorder*> recorders, const status& state,
           const reload_status& reloads, std::string version);

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  /// `Collect` in Prometheus' text format, version 0.0.4.
  [[nodiscard]] std::string text() const;

  /// Shows what a later catalogue of the process has more, too; the recorders have grown by then, and count
  /// nothing of it yet. What was shown before stays. Any thread.
  void renew(catalogue names);

  /// Those of `renew`. A close that was read before this was asked has its names here.
  [[nodiscard]] std::shared_ptr<const catalogue> names() const;
  [[nodiscard]] const std::vector<const recorder*>& recorders() const noexcept { return workers_; }
  [[nodiscard]] const std::string& version() const noexcept { return version_; }

 private:
  /// What is shown of a catalogue.
  struct view {
    catalogue names;
    std::vector<close_key> known;  ///< those that stand at 0 until they are counted
  };

  [[nodiscard]] std::shared_ptr<const view> now() const;

  mutable std::mutex lock_;
  std::shared_ptr<const view> view_ = std::make_shared<const view>();
  std::vector<const recorder*> workers_;
  const status* state_;
  const reload_status* reloads_;
  std::string version_;
};

/// All closes of all workers by series, those that stand at 0 left out; sorted. For the summary at the end of
/// a drain.
[[nodiscard]] std::vector<std::pair<close_key, std::uint64_t>> sum_closes(
    const std::vector<const recorder*>& all);

}  // namespace lastframe::telemetry
