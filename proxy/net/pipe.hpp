// Bytes on their way from one socket to another that never come to user space (splice(2)).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "proxy/net/io_result.hpp"

namespace lastframe::net {

class pipe_pool;

/// A kernel pipe. Calls never block and never throw. Not thread-safe.
class pipe {
 public:
  /// Takes over the ends: to read from, and to write to.
  pipe(pipe_pool& from, std::array<int, 2> ends) noexcept : pool_(&from), ends_(ends) {}
  pipe(const pipe&) = delete;
  pipe& operator=(const pipe&) = delete;
  ~pipe();

  /// Bytes that lie in it.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Takes at most `n` bytes off a plain socket.
  [[nodiscard]] io_result fill(int socket, std::size_t n) noexcept;
  /// Gives at most `n` bytes to a plain socket.
  [[nodiscard]] io_result empty_into(int socket, std::size_t n) noexcept;
  /// Reads what lies in it after all; as much as there is, or as `into` holds.
  [[nodiscard]] std::size_t read(std::span<std::byte> into) noexcept;

 private:
  friend class pipe_pool;
  pipe_pool* pool_;
  std::array<int, 2> ends_;
  std::size_t size_ = 0;
};

/// A worker's pipes: few, since each takes two descriptors, and kept for the next who needs one. Outlives
/// what it lends. Not thread-safe.
class pipe_pool {
 public:
  /// The most that exist at once.
  static constexpr std::size_t most = 4;

  struct give_back {
    void operator()(pipe* lent) const noexcept { lent->pool_->take_back(lent); }
  };
  using handle = std::unique_ptr<pipe, give_back>;

  /// An empty pipe; none if too many are lent, or the machine has no descriptors left.
  [[nodiscard]] handle take();

 private:
  void take_back(pipe* lent) noexcept;

  std::vector<std::unique_ptr<pipe>> unused_;
  std::size_t lent_ = 0;
};

}  // namespace lastframe::net
