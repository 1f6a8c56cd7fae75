// The last closes of one worker, and its counts over the last 15 minutes: what `/closes` shows.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "telemetry/close_counts.hpp"
#include "telemetry/tunnel_summary.hpp"

namespace lastframe::telemetry {

/// How often a code (a label: see code_labels) was counted on a leg.
struct code_count {
  leg side = leg::client;
  close_code code = 1000;
  std::uint64_t count = 0;

  bool operator==(const code_count&) const = default;
};

/// The closes of ten seconds.
struct close_window {
  std::chrono::sys_seconds start;  ///< a multiple of ten seconds
  std::vector<code_count> counts;

  bool operator==(const close_window&) const = default;
};

/// Which closes are asked for; an empty one asks for all.
using close_filter = std::function<bool(const tunnel_summary&)>;
/// Which counts are asked for; an empty one asks for all.
using series_filter = std::function<bool(const close_key&)>;

/// A ring of closes and a ring of windows, of bounded size whatever peers send. One thread only. Reads no
/// clock: time is that of the closes.
class recent_closes {
 public:
  static constexpr std::size_t kept_closes = 1'000;
  static constexpr std::size_t kept_windows = 90;
  static constexpr std::chrono::seconds window_length{10};
  /// Of more series than these in one window, the rest is counted by leg and code alone.
  static constexpr std::size_t kept_series = 512;

  /// Keeps a copy, its peers' text cut to lengths that are fit to show.
  void keep(const tunnel_summary& tunnel);
  /// Counts a leg's end in the window of `when`.
  void count(std::chrono::system_clock::time_point when, const close_key& key);

  /// At most `n` closes, the newest first; with `wanted`, of those only for which it is true.
  [[nodiscard]] std::vector<tunnel_summary> last(std::size_t n, const close_filter& wanted = {}) const;
  /// The windows of the 15 minutes before `now` in which something was counted, the oldest first; with
  /// `wanted`, only what it is true of, and nothing of what was counted by leg and code alone.
  [[nodiscard]] std::vector<close_window> windows(std::chrono::system_clock::time_point now,
                                                  const series_filter& wanted = {}) const;

 private:
  struct series_count {
    close_key key;
    std::uint64_t count = 0;
  };
  struct kept_window {
    std::chrono::sys_seconds start;
    std::vector<series_count> series;
    std::vector<code_count> rest;
  };

  std::vector<tunnel_summary> closes_;
  std::size_t next_ = 0;  ///< where the next one goes once the ring is full
  std::array<kept_window, kept_windows> windows_{};
};

}  // namespace lastframe::telemetry
