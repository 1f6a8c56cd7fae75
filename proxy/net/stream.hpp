// A connected, non-blocking stream socket: what a tunnel's leg reads from and writes to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace lastframe::net {

/// What an attempt to read or write came to.
enum class io_status : std::uint8_t {
  done,         ///< `size` bytes, at least one
  would_block,  ///< nothing now
  end,          ///< reading: the peer sent its FIN; writing: it closed in order, without a reset
  reset,        ///< the connection is gone, by a reset or another error of the transport
};

struct io_result {
  io_status status = io_status::would_block;
  std::size_t size = 0;
};

/// Owns one descriptor. Calls never block and never throw. Not thread-safe.
class stream {
 public:
  stream() noexcept = default;
  /// Takes over `descriptor`, a connected stream socket, and makes it non-blocking.
  explicit stream(int descriptor) noexcept;
  ~stream() { close(); }
  stream(stream&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), counts_unacked_(other.counts_unacked_) {}
  stream& operator=(stream&& other) noexcept;

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  [[nodiscard]] io_result read(std::span<std::byte> into) noexcept;
  [[nodiscard]] io_result write(const std::array<std::span<const std::byte>, 2>& from) noexcept;

  /// Bytes written, FIN included, that the peer's TCP has not acknowledged (SIOCOUTQ). A unix socket has
  /// nothing to acknowledge: 0.
  [[nodiscard]] std::uint64_t unacked() const noexcept;

  void shutdown_send() noexcept;
  void close() noexcept;
  /// Closes so that the peer sees a reset.
  void reset() noexcept;

 private:
  int descriptor_ = -1;
  bool counts_unacked_ = false;
};

}  // namespace lastframe::net
