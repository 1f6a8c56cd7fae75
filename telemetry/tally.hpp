// Plain counters that a worker owns and that the exporter sums when it is scraped.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "telemetry/vocabulary.hpp"

namespace lastframe::telemetry {

/// A number that one thread writes and any thread reads: an increment costs a plain load, add and store.
class counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.store(get() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n = 1) noexcept { value_.store(get() - n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A histogram of durations over fixed upper bounds in seconds; one writer, any reader.
template <std::size_t N>
class histogram {
 public:
  using bounds_type = std::array<double, N>;

  explicit constexpr histogram(const bounds_type& bounds) noexcept : bounds_(&bounds) {}

  void observe(std::chrono::nanoseconds value) noexcept {
    const double seconds = std::chrono::duration<double>(value).count();
    std::size_t i = 0;
    while (i < N && seconds > (*bounds_)[i]) ++i;
    buckets_[i].add();
    sum_ns_.add(static_cast<std::uint64_t>(value.count()));
  }

  [[nodiscard]] const bounds_type& bounds() const noexcept { return *bounds_; }
  /// Not cumulative; the last one is above every bound.
  [[nodiscard]] const std::array<counter, N + 1>& buckets() const noexcept { return buckets_; }
  [[nodiscard]] double sum_seconds() const noexcept { return static_cast<double>(sum_ns_.get()) / 1e9; }

 private:
  const bounds_type* bounds_;
  std::array<counter, N + 1> buckets_;
  counter sum_ns_;
};

inline constexpr std::array<double, 12> latency_bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                       0.05,   0.1,   0.25,   1,     2.5,  10};
inline constexpr std::array<double, 12> lifetime_bounds{1,    5,    15,   60,    300,   900,
                                                        1800, 3600, 7200, 14400, 43200, 86400};
using latency_histogram = histogram<latency_bounds.size()>;
using lifetime_histogram = histogram<lifetime_bounds.size()>;

/// What flowed one way, as received: `lastframe_frames_total` and its kin.
struct traffic_tally {
  counter frames;
  counter messages;       ///< counted at their FIN
  counter payload_bytes;  ///< of data frames, without headers
};

/// The proxy's own Pings on one side of a route.
struct ping_tally {
  counter sent;
  latency_histogram rtt{latency_bounds};
};

/// All that a route counts on one worker.
struct route_tally {
  std::array<traffic_tally, 2> traffic;    ///< by direction
  std::array<ping_tally, 2> pings;         ///< by leg
  std::array<counter, 2> backpressure_ns;  ///< by leg: time in which it could not take more
  std::array<counter, upgrade_result_count> upgrades;
  counter tunnels;  ///< a gauge: open now
  lifetime_histogram tunnel_duration{lifetime_bounds};
  latency_histogram handshake_duration{latency_bounds};
  latency_histogram connect_duration{latency_bounds};
};

}  // namespace lastframe::telemetry
