// Runs a worker's loop until something has happened, or a test's patience is over.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <utility>

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/net/event_loop.hpp"

namespace lastframe::net {

inline constexpr std::chrono::seconds patience{20};

/// Throws std::runtime_error if `happened` does not become true.
inline void run_until(event_loop& loop, const std::function<bool()>& happened) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("it did not happen in time");
    loop.take_turn(std::chrono::milliseconds(50));
  }
}

/// Runs it for so long.
inline void run_for(event_loop& loop, std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) loop.take_turn(std::chrono::milliseconds(1));
}

/// Runs what is ready now, and what that makes ready.
inline void run_ready(event_loop& loop) {
  for (int turn = 0; turn < 5; ++turn) loop.take_turn(std::chrono::milliseconds(0));
}

/// While it lives, a poller takes no sockets and tells nothing.
class broken_set {
 public:
  explicit broken_set(const poller& of) : broken_(of.descriptor()), whole_(::dup(broken_)) {
    const int none = ::eventfd(0, EFD_CLOEXEC);
    ::dup2(none, broken_);
    ::close(none);
  }
  ~broken_set() {
    ::dup2(whole_, broken_);
    ::close(whole_);
  }
  broken_set(const broken_set&) = delete;
  broken_set& operator=(const broken_set&) = delete;

 private:
  const int broken_;
  const int whole_;
};

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
