// A connected pair of TCP sockets over loopback.
#pragma once

#include <chrono>
#include <stdexcept>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proxy/net/stream.hpp"
#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {

/// Whether the other end's kernel has all that was sent.
inline bool acknowledged_within_patience(int descriptor) {
  const auto until = std::chrono::steady_clock::now() + patience;
  int waiting = 1;
  while (waiting != 0 && std::chrono::steady_clock::now() < until) ::ioctl(descriptor, SIOCOUTQ, &waiting);
  return waiting == 0;
}

/// `near` is the product's, `far` the test's, with a small receive buffer.
struct tcp_pair {
  tcp_pair() {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    ::bind(listening, address, size);
    ::listen(listening, 1);
    ::getsockname(listening, address, &size);
    far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int small = 4'096;
    ::setsockopt(far, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (::connect(far, address, size) != 0) throw std::runtime_error("connect");
    near = stream(::accept(listening, nullptr, nullptr));
    ::close(listening);
  }
  ~tcp_pair() { ::close(far); }
  tcp_pair(const tcp_pair&) = delete;
  tcp_pair& operator=(const tcp_pair&) = delete;

  stream near;
  int far = -1;
};

}  // namespace lastframe::net
