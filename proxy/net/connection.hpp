// A connection before it is a tunnel's leg: read and written by coroutines, plain or TLS.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "proxy/net/poller.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/net/task.hpp"

namespace lastframe::net {

/// Owns a connected socket. One operation at a time; a `deadline` on `socket()` ends one that waits. Not
/// thread-safe: the io_context's thread only.
class connection {
 public:
  /// Plain, until a handshake has begun.
  explicit connection(net::socket connected);
  ~connection();
  connection(connection&&) noexcept = default;
  connection& operator=(connection&&) = delete;

  /// To wait with and to ask about; not to be read, written or closed.
  [[nodiscard]] net::socket& socket() noexcept { return socket_; }

  /// Shakes hands; `begun` was made for this descriptor. `others`, which outlive the task, have a turn after
  /// each step: one may take half a millisecond, and hundreds may be due at once. Returns why it failed, in
  /// one line; empty: it did not.
  [[nodiscard]] task<std::string> handshake(tls_session begun, poller& others);
  [[nodiscard]] const tls_session& tls() const noexcept { return stream_.tls(); }

  /// Waits for bytes and appends those of one read to `to`: about `most`, or a TLS record. Never
  /// `would_block`: `reset` if the wait was ended. `to` outlives the task.
  [[nodiscard]] task<io_status> read(std::string& to, std::size_t most = 4'096);
  /// Writes all of `bytes`, which outlive the task. False: the peer is gone, or the wait was ended.
  [[nodiscard]] task<bool> write(std::string_view bytes);

  /// Whether the peer has ended its side and nothing of it is left to be read.
  [[nodiscard]] bool is_gone() noexcept;
  /// Sends FIN, behind close_notify if it is TLS.
  void shutdown_send() noexcept { stream_.shutdown_send(); }
  /// Closes so that the peer sees a reset.
  void reset() noexcept;
  /// Gives up the socket, which leaves the io_context.
  [[nodiscard]] stream release();

 private:
  [[nodiscard]] io_status try_read(std::string& to, std::size_t most);
  [[nodiscard]] task<bool> ready_to(net::socket::wait_type what);

  stream stream_;       // owns the descriptor
  net::socket socket_;  // waits on it
};

}  // namespace lastframe::net
