// A connected, non-blocking stream socket, plain or TLS: what a tunnel's leg reads from and writes to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "proxy/net/io_result.hpp"
#include "proxy/net/pipe.hpp"
#include "proxy/net/tls_session.hpp"

namespace lastframe::net {

/// Owns one descriptor. Calls never block and never throw. Not thread-safe.
class stream {
 public:
  stream() noexcept = default;
  /// Takes over `descriptor`, a connected stream socket, and makes it non-blocking.
  explicit stream(int descriptor) noexcept;
  /// The same of one that is non-blocking, and known to be TCP's or not: costs no call to the kernel.
  stream(int descriptor, bool is_tcp) noexcept : descriptor_(descriptor), is_tcp_(is_tcp) {}
  ~stream() {
    if (is_open()) close();
  }
  stream(stream&& other) noexcept
      : tls_(std::move(other.tls_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        farewell_(other.farewell_),
        is_tcp_(other.is_tcp_),
        ended_(other.ended_) {}
  stream& operator=(stream&& other) noexcept;

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] tls_session& tls() noexcept { return tls_; }
  [[nodiscard]] const tls_session& tls() const noexcept { return tls_; }
  /// From here on all bytes go through `tls`, which was made for this descriptor.
  void use(tls_session tls) noexcept { tls_ = std::move(tls); }

  /// TLS: `into` holds a whole record, or part of one might stay behind unseen. A unix peer that sends
  /// descriptors too, which nobody does, is `drained` before it is.
  [[nodiscard]] io_result read(std::span<std::byte> into) noexcept;
  /// After a read that was `drained`, of which it was known that behind it was a `tail::fin`: reads that, as
  /// far as it needs no call to the kernel. False: it does.
  [[nodiscard]] bool read_fin() noexcept {
    ended_ = moves();
    return ended_;
  }
  /// `more`: the rest of a packet comes at once, by `move_from` or as FIN.
  [[nodiscard]] io_result write(const std::array<std::span<const std::byte>, 2>& from,
                                bool more = false) noexcept;

  using pipe = net::pipe;
  using pipe_pool = net::pipe_pool;
  /// Whether `move_to` and `move_from` may be called: a plain TCP socket.
  [[nodiscard]] bool moves() const noexcept { return is_tcp_ && !tls_; }
  /// As `read` and `write`, of at most `n` bytes that never come to user space.
  [[nodiscard]] io_result move_to(pipe& to, std::size_t n) noexcept { return to.fill(descriptor_, n); }
  [[nodiscard]] io_result move_from(pipe& from, std::size_t n) noexcept {
    return from.empty_into(descriptor_, n);
  }

  /// TLS: reading goes on only once the socket has taken something, not before.
  [[nodiscard]] bool read_wants_write() const noexcept { return tls_ && tls_.read_wants_write(); }

  /// Bytes written, FIN included, that the peer's TCP has not acknowledged (SIOCOUTQ). With TLS: of its
  /// records, which are a little longer, but not of close_notify and FIN behind them, which a peer that is
  /// gone need not take. A unix socket has nothing to acknowledge: 0.
  [[nodiscard]] std::uint64_t unacked() const noexcept;

  /// Sends FIN, behind close_notify if it is TLS.
  void shutdown_send() noexcept;
  /// What the peer sent and nobody read is thrown away first: TCP would answer it with a reset, which
  /// destroys what is still on its way to the peer.
  void close() noexcept;
  /// Closes so that the peer sees a reset.
  void reset() noexcept;

 private:
  void let_go() noexcept;

  tls_session tls_;
  int descriptor_ = -1;
  std::uint16_t farewell_ = 0;  // bytes of close_notify, and FIN, that went out
  bool is_tcp_ = false;
  bool ended_ = false;  // nothing of the peer's is left to be read
};

}  // namespace lastframe::net
