// What stands for a kernel's pipe between streams in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>

namespace lastframe::support {

struct memory_pipe {
  std::string bytes;

  [[nodiscard]] std::size_t size() const noexcept { return bytes.size(); }
  [[nodiscard]] std::size_t read(std::span<std::byte> into) {
    const std::size_t n = std::min(into.size(), bytes.size());
    std::memcpy(into.data(), bytes.data(), n);
    bytes.erase(0, n);
    return n;
  }
};

/// Lends at most `most` at once.
class memory_pipe_pool {
 public:
  struct give_back {
    memory_pipe_pool* pool = nullptr;
    void operator()(memory_pipe* back) const noexcept {
      --pool->lent;
      delete back;
    }
  };
  using handle = std::unique_ptr<memory_pipe, give_back>;

  [[nodiscard]] handle take() {
    if (lent == most) return {};
    ++lent;
    return handle(new memory_pipe, give_back{this});
  }

  std::size_t most = 2;
  std::size_t lent = 0;
};

}  // namespace lastframe::support
