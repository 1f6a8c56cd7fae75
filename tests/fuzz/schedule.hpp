// A fuzzer's input read as decisions. When it is used up, every answer is 0.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastframe::fuzz {

class schedule {
 public:
  explicit schedule(std::string_view input) noexcept : rest_(input) {}

  [[nodiscard]] bool over() const noexcept { return rest_.empty(); }
  std::uint8_t byte() noexcept {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::uint16_t word() noexcept { return static_cast<std::uint16_t>(byte() << 8 | byte()); }
  /// The next bytes, at most `size`.
  std::string_view text(std::size_t size) noexcept {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

}  // namespace lastframe::fuzz
