// Latencies, counted in buckets that are linear within each power of two: any percentile to within 1 in 128.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lastframe::bench {

class histogram {
 public:
  histogram();

  void record(std::uint64_t value) noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t most() const noexcept { return most_; }
  /// The least bound that `share` (0 to 1) of all values do not exceed, at most 1/128 above the true one; 0
  /// where nothing was recorded.
  [[nodiscard]] std::uint64_t percentile(double share) const noexcept;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace lastframe::bench
