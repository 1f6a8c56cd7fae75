// A connected, non-blocking socket, plain or TLS.
#pragma once

#include <cstddef>
#include <memory>

#include <openssl/ssl.h>

#include "proxy/protocol/frame.hpp"

namespace lastframe::bench {

using protocol::const_bytes;
using protocol::mutable_bytes;

struct ssl_delete {
  void operator()(SSL* session) const noexcept { SSL_free(session); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using tls_context = std::unique_ptr<SSL_CTX, ssl_delete>;

/// For clients that take any certificate.
[[nodiscard]] tls_context make_client_context();

class transport {
 public:
  /// Owns `descriptor`. With a context the TLS handshake is done by the first reads and writes.
  explicit transport(int descriptor, SSL_CTX* context = nullptr);
  transport(transport&& other) noexcept;
  transport& operator=(transport&&) = delete;
  ~transport() { close(); }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

  /// Each: the bytes that went over, 0 where the socket would block, -1 where nothing will go over any more.
  [[nodiscard]] std::ptrdiff_t read(mutable_bytes into);
  [[nodiscard]] std::ptrdiff_t write(const_bytes bytes);
  /// Whether the last write waits for room in the socket, not for bytes of the peer's handshake.
  [[nodiscard]] bool waits_for_room() const noexcept { return !tls_ || SSL_want_write(tls_.get()) != 0; }

  /// FIN, behind a close_notify.
  void finish();
  void close();

 private:
  [[nodiscard]] std::ptrdiff_t judge(int result) const;

  int descriptor_;
  std::unique_ptr<SSL, ssl_delete> tls_;
};

}  // namespace lastframe::bench
