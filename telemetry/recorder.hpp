// What workers record into, one recorder each, and what the exporter and the telemetry server read from.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "telemetry/catalogue.hpp"
#include "telemetry/close_counts.hpp"
#include "telemetry/close_record.hpp"
#include "telemetry/code_labels.hpp"
#include "telemetry/recent_closes.hpp"
#include "telemetry/tally.hpp"
#include "telemetry/tunnel_summary.hpp"

namespace lastframe::telemetry {

/// One worker's counts and its last closes. Its worker alone counts, from one thread; `recent` and `windows`
/// are for that thread too; everything else may be read from any thread at any time, without locks. Must
/// outlive its readers.
class recorder {
 public:
  static constexpr std::size_t kept_closes = recent_closes::kept_closes;

  /// `labels` decides which codes have a label of their own; shared between all workers.
  recorder(const catalogue& names, std::shared_ptr<code_labels> labels);
  ~recorder();
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;

  /// Makes counters for what a later catalogue of the process has more, while others count and read: to be
  /// done before anyone counts there. One thread at a time, any one.
  void grow(const catalogue& names);

  /// The counters of a route, by its number in the catalogue; of any other number those of `no_route`. The
  /// reference lives as long as the recorder. All of them are the caller's to count but `tunnel_duration`,
  /// which `closed` observes.
  [[nodiscard]] route_tally& route(std::size_t route) noexcept;
  [[nodiscard]] const route_tally& route(std::size_t route) const noexcept;

  /// Counts an ended tunnel's legs, and keeps it among the last closes. Observes its duration if both legs
  /// had opened. Does not touch the gauge `tunnels`, nor `upstream_failed`.
  void closed(const tunnel_summary& tunnel);

  /// Counts one endpoint tried in vain before the upgrade, or one failure after it. Unknown indices are
  /// ignored.
  void upstream_failed(std::size_t route, std::size_t endpoint, cause why) noexcept;

  /// Counts a TLS handshake, done or failed. A client's that fails after its greeting is a close as well, and
  /// so is upstream's: see `closed`.
  void tls_handshake(leg side, bool done) noexcept {
    tls_handshakes_[static_cast<std::size_t>(side)][done ? 0 : 1].add();
  }

  /// Counts a tunnel that a drain's deadline cut.
  void drain_forced() noexcept { drain_forced_.add(); }

  [[nodiscard]] const close_counts& closes() const noexcept;
  /// 0 for unknown indices.
  [[nodiscard]] std::uint64_t upstream_failures(std::size_t route, std::size_t endpoint,
                                                cause why) const noexcept;
  [[nodiscard]] std::uint64_t tls_handshakes(leg side, bool done) const noexcept {
    return tls_handshakes_[static_cast<std::size_t>(side)][done ? 0 : 1].get();
  }
  [[nodiscard]] std::uint64_t drain_forced_closes() const noexcept { return drain_forced_.get(); }

  /// At most `n` closes, the newest first; with `wanted`, of those only for which it is true. The worker's
  /// thread only.
  [[nodiscard]] std::vector<tunnel_summary> recent(std::size_t n, const close_filter& wanted = {}) const;
  /// Counts per code of the 15 minutes before `now`, the oldest first; with `wanted`, of those only for which
  /// it is true (see recent_closes). The worker's thread only.
  [[nodiscard]] std::vector<close_window> windows(std::chrono::system_clock::time_point now,
                                                  const series_filter& wanted = {}) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
  counter drain_forced_;
  std::array<std::array<counter, 2>, 2> tls_handshakes_;  // by leg; done, failed
};

}  // namespace lastframe::telemetry
