// An array that grows while others read it.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>

namespace lastframe::telemetry {

/// Elements that stay where they are. One thread at a time grows it; any thread may read at any time, without
/// locks. What the elements hold is theirs to protect.
template <class T>
class growing {
 public:
  /// Makes it hold `n` elements at least, new ones value-initialized. Throws std::bad_alloc, or
  /// std::out_of_range beyond a million.
  void grow(std::size_t n) {
    for (std::size_t i = size(); i < n; ++i) {
      std::unique_ptr<T[]>& owned = owned_.at(segment_of(i));
      if (!owned) owned = std::make_unique<T[]>(std::size_t{1} << segment_of(i));
      size_.store(i + 1, std::memory_order_release);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  /// `i` is below a `size` that the caller has seen.
  [[nodiscard]] T& operator[](std::size_t i) const noexcept {
    const std::size_t segment = segment_of(i);
    return owned_[segment][i + 1 - (std::size_t{1} << segment)];
  }

 private:
  // One element, then two, then four: none ever moves.
  [[nodiscard]] static constexpr std::size_t segment_of(std::size_t i) noexcept {
    return static_cast<std::size_t>(std::bit_width(i + 1)) - 1;
  }

  std::array<std::unique_ptr<T[]>, 20> owned_;  // each written before the `size_` that reaches into it
  std::atomic<std::size_t> size_{0};
};

}  // namespace lastframe::telemetry
