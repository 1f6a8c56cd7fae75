// Runs an io_context until something has happened, or a test's patience is over.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace lastframe::net {

inline constexpr std::chrono::seconds patience{20};

/// Throws std::runtime_error if `happened` does not become true.
inline void run_until(boost::asio::io_context& io, const std::function<bool()>& happened) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("it did not happen in time");
    io.restart();
    io.run_one_for(std::chrono::milliseconds(50));
  }
}

/// Runs what is ready now, and what that makes ready.
inline void run_ready(boost::asio::io_context& io) {
  io.restart();
  while (io.run_one_for(std::chrono::milliseconds(1)) != 0) {
  }
}

/// A connected pair of unix stream sockets.
struct socket_pair {
  socket_pair() {
    int made[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made) != 0)
      throw std::runtime_error("socketpair");
    near = made[0];
    far = made[1];
  }
  ~socket_pair() {
    if (near >= 0) ::close(near);
    if (far >= 0) ::close(far);
  }
  socket_pair(const socket_pair&) = delete;
  socket_pair& operator=(const socket_pair&) = delete;

  int release_near() { return std::exchange(near, -1); }

  int near = -1;
  int far = -1;
};

}  // namespace lastframe::net
