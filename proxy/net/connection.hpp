// A connection before it is a tunnel's leg: read and written by coroutines, plain or TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/net/readiness.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/net/task.hpp"

namespace lastframe::net {

/// Owns a connected socket. One operation at a time, each until a time of its own. Not thread-safe: the
/// loop's thread only.
class connection {
 public:
  /// As much is read at once where nobody says otherwise: most heads, in bytes.
  static constexpr std::size_t usual_read = 4'096;

  /// Plain, until a handshake has begun. `with` waits for it; see there for who outlives whom.
  connection(event_loop& with, stream connected);
  connection(connection&&) noexcept = default;
  connection& operator=(connection&&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return stream_.descriptor(); }
  /// The time by its loop.
  [[nodiscard]] time_point now() const noexcept { return ready_->now(); }

  /// Waits until something may have come, or the peer have ended; then `read_now` is worth a try again.
  /// False: nothing did by `until`.
  [[nodiscard]] task<bool> readable(time_point until);
  /// Waits until it may be written to. False: not by `until`.
  [[nodiscard]] task<bool> writable(time_point until) { return wait(EPOLLOUT, until); }

  /// Shakes hands by `until`; `begun` was made for this descriptor. `others`, which outlive the task, have a
  /// turn after each step: one may take half a millisecond, and hundreds may be due at once. Returns why it
  /// failed, in one line; empty: it did not.
  [[nodiscard]] task<std::string> handshake(tls_session begun, time_point until, poller& others);
  [[nodiscard]] const tls_session& tls() const noexcept { return stream_.tls(); }

  /// Appends to `to` what one read yields: about `most` bytes, or a TLS record. `would_block` from the second
  /// read on, and behind a write, until a wait for more is over: others have their turn first.
  [[nodiscard]] io_status read_now(std::string& to, std::size_t most = usual_read);
  /// The same, with a wait for bytes. Never `would_block`: `reset` if nothing came by `until`. `to` outlives
  /// the task.
  [[nodiscard]] task<io_status> read(std::string& to, time_point until, std::size_t most = usual_read);
  /// Writes what is taken at once, and takes it off `bytes`. False: the peer is gone.
  [[nodiscard]] bool write_now(std::string_view& bytes);
  /// Writes all of `bytes`, which outlive the task. False: the peer is gone, or did not take them by `until`.
  [[nodiscard]] task<bool> write(std::string_view bytes, time_point until);

  /// From here on `stirred` tells.
  void attend() { ready_->watch(EPOLLIN); }
  /// Whether something may have come, or the peer have ended, since it was last read and attended.
  [[nodiscard]] bool stirred() const noexcept { return !ready_->quiet(); }
  /// Whether the peer has ended its side and nothing of it is left to be read. Asks the socket.
  [[nodiscard]] bool is_gone() const noexcept;
  /// Sends FIN, behind close_notify if it is TLS.
  void shutdown_send() noexcept { stream_.shutdown_send(); }
  /// Closes so that the peer sees a reset.
  void reset() noexcept;

  /// A socket, and its place in the poller, where it is nobody's.
  struct released {
    net::stream stream;
    readiness::place place;
  };
  [[nodiscard]] released release() noexcept;

 private:
  [[nodiscard]] task<bool> wait(std::uint32_t interest, time_point until) {
    return ready_->wait(interest, until);
  }

  stream stream_;  // outlives its place in the poller
  std::unique_ptr<readiness> ready_;
  bool unread_ = false;      // bytes may lie there that the poller does not tell of
  bool worth_a_try_ = true;  // to read before waiting
};

}  // namespace lastframe::net
