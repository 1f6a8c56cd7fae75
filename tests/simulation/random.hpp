// Numbers that follow from a seed alone, the same on every machine.
#pragma once

#include <cstdint>

namespace lastframe::simulation {

/// splitmix64.
class random {
 public:
  explicit random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 to n - 1; `n` is below 2^32 and not 0.
  std::uint64_t below(std::uint64_t n) noexcept { return ((next() >> 32) * n) >> 32; }
  std::int64_t between(std::int64_t low, std::int64_t high) noexcept {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }
  bool percent(std::uint64_t n) noexcept { return below(100) < n; }

 private:
  std::uint64_t state_;
};

}  // namespace lastframe::simulation
