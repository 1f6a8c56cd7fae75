// Readiness of a worker's sockets: a level-triggered epoll set.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include <sys/epoll.h>

namespace lastframe::net {

/// Told when one of its descriptors is ready.
class ready_handler {
 public:
  /// `slot`: which of them, 0 or 1. `events`: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR. May remove any
  /// descriptor, its own included.
  virtual void on_ready(unsigned slot, std::uint32_t events) = 0;

 protected:
  ~ready_handler() = default;
};

/// A socket in it costs the kernel's entry and eight bytes, and a change of interest is the only call to the
/// kernel besides the wait itself. Not thread-safe.
class poller {
 public:
  /// Throws std::system_error if the kernel refuses.
  poller();
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// The set itself, which others may wait for.
  [[nodiscard]] int descriptor() const noexcept { return set_; }

  /// Waits for at most so long until something is ready, and dispatches that, one batch at most: what stays
  /// ready is told again. Not from a handler.
  void wait(std::chrono::milliseconds at_most);
  /// The same of what is ready now, for whoever is about to keep the thread for long.
  void take_turn() { wait(std::chrono::milliseconds(0)); }

  /// `interest`: EPOLLIN and EPOLLOUT; not zero. `handler` must outlive the entry. Throws std::system_error.
  void add(int descriptor, std::uint32_t interest, ready_handler& handler, unsigned slot = 0);
  void change(int descriptor, std::uint32_t interest, ready_handler& handler, unsigned slot = 0);
  /// From here on a descriptor of the set is `handler`'s; costs no call to the kernel.
  void hand_over(int descriptor, ready_handler& handler, unsigned slot = 0) noexcept;
  /// From here on it is nobody's, until it is handed over.
  void abandon(int descriptor) noexcept;
  /// No event of it is dispatched from here on. `descriptor`: -1 if it is closed already, and with that gone
  /// from the set.
  void remove(int descriptor, ready_handler& handler, unsigned slot = 0) noexcept;

 private:
  using owner = char*;  // a handler's address and its slot

  [[nodiscard]] owner& owner_of(int descriptor) noexcept {
    return owners_[static_cast<std::size_t>(descriptor)];
  }
  std::array<epoll_event, 128> events_{};
  int ready_ = 0;              // events of the current batch
  std::vector<owner> owners_;  // by descriptor
  const int set_;
};

}  // namespace lastframe::net
