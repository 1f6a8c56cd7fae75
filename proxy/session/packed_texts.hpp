// A few texts in one block of memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace lastframe::session {

/// `N` texts that stay as they are: a pointer, and one allocation for all of them.
template <std::size_t N>
class packed_texts {
 public:
  explicit packed_texts(const std::array<std::string_view, N>& texts) {
    std::size_t size = 0;
    for (const std::string_view text : texts) size += text.size();
    block_.reset(::new (::operator new(sizeof(ends) + size)) ends{});
    char* to = chars();
    for (std::size_t i = 0; i < N; ++i) {
      to = std::ranges::copy(texts[i], to).out;
      (*block_)[i] = static_cast<std::uint32_t>(to - chars());
    }
  }

  /// Good as long as this is.
  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
    const std::size_t begin = i == 0 ? 0 : (*block_)[i - 1];
    return {chars() + begin, (*block_)[i] - begin};
  }

 private:
  using ends = std::array<std::uint32_t, N>;  // where each text ends; the characters stand behind
  struct freed {
    void operator()(ends* block) const noexcept { ::operator delete(block); }
  };

  [[nodiscard]] char* chars() const noexcept { return reinterpret_cast<char*>(block_.get() + 1); }

  std::unique_ptr<ends, freed> block_;
};

}  // namespace lastframe::session
