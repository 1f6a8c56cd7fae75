#include "tests/bench/load/transport.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lastframe::bench {
namespace {

std::ptrdiff_t judge_plain(ssize_t result) {
  if (result > 0) return result;
  return result < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN) ? 0 : -1;
}

// SSL_set_tlsext_host_name, whose macro casts in C's way. Caddy wants a name.
bool name_server(SSL* session) {
  static std::string host = "bench.example";
  return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}

int clamped(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, 1 << 30));
}

}  // namespace

tls_context make_client_context() {
  tls_context context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::runtime_error("no TLS context");
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  return context;
}

transport::transport(int descriptor, SSL_CTX* context) : descriptor_(descriptor) {
  if (context == nullptr) return;
  tls_.reset(SSL_new(context));
  if (!tls_ || SSL_set_fd(tls_.get(), descriptor) != 1 || !name_server(tls_.get())) {
    throw std::runtime_error("no TLS session");
  }
  SSL_set_connect_state(tls_.get());
}

transport::transport(transport&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)) {}

std::ptrdiff_t transport::read(mutable_bytes into) {
  if (tls_) return judge(SSL_read(tls_.get(), into.data(), clamped(into.size())));
  return judge_plain(::recv(descriptor_, into.data(), into.size(), 0));
}

std::ptrdiff_t transport::write(const_bytes bytes) {
  if (tls_) return judge(SSL_write(tls_.get(), bytes.data(), clamped(bytes.size())));
  return judge_plain(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

std::ptrdiff_t transport::judge(int result) const {
  if (result > 0) return result;
  const int error = SSL_get_error(tls_.get(), result);
  ERR_clear_error();
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

void transport::finish() {
  if (tls_) SSL_shutdown(tls_.get());
  ERR_clear_error();
  ::shutdown(descriptor_, SHUT_WR);
}

void transport::close() {
  tls_.reset();
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace lastframe::bench
