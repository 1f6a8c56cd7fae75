// Random numbers that no peer can guess.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lastframe::session {

/// The kernel's random numbers, fetched in batches. Not thread-safe.
class random_source {
 public:
  using result_type = std::uint64_t;

  /// Throws std::system_error if the kernel has none.
  [[nodiscard]] result_type operator()();

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return UINT64_MAX; }

 private:
  // getrandom(2) gives up to 256 bytes at once without being interrupted.
  std::array<result_type, 32> batch_{};
  std::size_t used_ = batch_.size();
};

}  // namespace lastframe::session
