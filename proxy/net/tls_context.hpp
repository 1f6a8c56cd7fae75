// What TLS connections of a listener, or to an upstream, have in common.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/net/tls_session.hpp"
#include "proxy/net/tls_settings.hpp"
#include "proxy/net/tls_tickets.hpp"

struct ssl_ctx_st;

namespace lastframe::net {

/// A file that cannot be used: the message says where the configuration names it, the path, and why.
class tls_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A certificate in use.
struct certificate_info {
  std::string path;  ///< as configured
  std::chrono::system_clock::time_point expires;
};

/// OpenSSL's context, from which sessions are made; they keep it alive. Once made it is only read.
using tls_context = std::shared_ptr<ssl_ctx_st>;

/// A listener's certificates. Immutable, so any thread may use it; its sessions may outlive it.
class tls_server {
 public:
  /// Reads all files; `settings` is not empty, and its first entry is the default. Throws tls_error: a file
  /// that cannot be read, a key that does not fit, a certificate out of its time.
  tls_server(const std::vector<tls_server_settings>& settings, std::shared_ptr<ticket_keys> tickets);

  /// A session about to begin its handshake on `descriptor`. Throws std::bad_alloc.
  [[nodiscard]] tls_session accept(int descriptor) const;
  [[nodiscard]] const std::vector<certificate_info>& certificates() const noexcept { return certificates_; }

 private:
  tls_context default_;
  std::vector<certificate_info> certificates_;
};

/// How an upstream's endpoints are spoken to. Immutable, so any thread may use it; its sessions may outlive
/// it.
class tls_client {
 public:
  /// Reads all files. Throws tls_error.
  explicit tls_client(const tls_client_settings& settings);

  /// A session about to begin its handshake; `host` is the endpoint's, for where no other name is configured.
  /// Throws std::bad_alloc.
  [[nodiscard]] tls_session connect(int descriptor, const std::string& host) const;
  [[nodiscard]] const std::vector<certificate_info>& certificates() const noexcept { return certificates_; }

 private:
  tls_context context_;
  std::string server_name_;
  std::vector<certificate_info> certificates_;
};

}  // namespace lastframe::net
