// What workers record into, one recorder each, and what the exporter and the telemetry server read from.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/close_record.hpp"
#include "telemetry/tally.hpp"
#include "telemetry/tunnel_summary.hpp"

namespace lastframe::telemetry {

/// What telemetry must know of the configuration. Value type; telemetry/ knows nothing of proxy/.
struct catalogue {
  std::vector<std::string> routes;                    ///< names; the index beyond the last is `none`
  std::vector<std::vector<std::string>> endpoints;    ///< by route, as configured
  std::vector<close_code> failure_codes;              ///< by route
  std::vector<close_code> client_lost_codes;          ///< by route; 0: drop
  close_code drain_code = 1012;
  std::map<close_code, std::string> app_codes;
  std::size_t max_codes = 64;
};

class code_labels;
class close_counts;

/// One worker's counts and its last closes. Its worker alone writes, from one thread; `recent` is for that thread
/// too; everything else may be read from any thread at any time. Must outlive its readers.
class recorder {
 public:
  static constexpr std::size_t kept_closes = 1'000;

  /// `labels` decides which codes have a label of their own; shared between all workers.
  recorder(const catalogue& names, std::shared_ptr<code_labels> labels);
  ~recorder();
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;

  /// The counters of a route; `route` may be their number, for `none`. The reference lives as long as the recorder.
  [[nodiscard]] route_tally& route(std::size_t route) noexcept;
  [[nodiscard]] const route_tally& route(std::size_t route) const noexcept;

  /// Counts an ended tunnel's legs and its duration, and keeps it among the last closes.
  void closed(const tunnel_summary& tunnel);
  /// Counts one endpoint tried in vain before the upgrade, or one failure after it.
  void upstream_failed(std::size_t route, std::size_t endpoint, cause why);

  [[nodiscard]] const close_counts& closes() const noexcept;
  // The last closes, the failures and the 10-second windows: see recorder.cpp's public accessors below.

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace lastframe::telemetry
