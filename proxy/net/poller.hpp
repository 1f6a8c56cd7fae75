// Readiness of a worker's sockets: an edge-triggered epoll set.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include <sys/epoll.h>

namespace lastframe::net {

/// Events behind which more may lie there than a short read took: an end, urgent data.
inline constexpr std::uint32_t ending_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;

/// Told when one of its descriptors is ready.
class ready_handler {
 public:
  /// `slot`: which of them, 0 or 1. `events`: EPOLLIN, EPOLLOUT, and `ending_events`. May remove any
  /// descriptor, its own included.
  virtual void on_ready(unsigned slot, std::uint32_t events) = 0;

 protected:
  ~ready_handler() = default;
};

/// A socket in it costs the kernel's entry and 20 bytes, and no call to the kernel but the wait itself while
/// the interest in it stays. It is told of when something comes, and not again before more does: who leaves
/// something behind asks for another turn. Not thread-safe.
class poller {
 public:
  /// Throws std::system_error if the kernel refuses.
  poller();
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// The set itself, which others may wait for.
  [[nodiscard]] int descriptor() const noexcept { return set_; }

  /// Waits for at most so long until something is ready, and dispatches that, one batch at most. Not from a
  /// handler.
  void wait(std::chrono::milliseconds at_most);
  /// The same of what is ready now, for whoever is about to keep the thread for long.
  void take_turn() { wait(std::chrono::milliseconds(0)); }

  /// When what is told of was fetched, the last time.
  [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept { return now_; }

  /// `interest`: EPOLLIN and EPOLLOUT; not zero. What is ready already is told of. `handler` must outlive the
  /// entry. Throws std::system_error.
  void add(int descriptor, std::uint32_t interest, ready_handler& handler, unsigned slot = 0);
  void change(int descriptor, std::uint32_t interest);
  /// In the next turn a descriptor of the set is told of, as if these events had come.
  void again(int descriptor, std::uint32_t events);
  /// From here on a descriptor of the set is `handler`'s; costs no call to the kernel.
  void hand_over(int descriptor, ready_handler& handler, unsigned slot = 0) noexcept;
  /// From here on it is nobody's, until it is handed over; what comes meanwhile is lost.
  void abandon(int descriptor) noexcept;
  /// Takes it out of the set. No event of it is dispatched from here on.
  void remove(int descriptor) noexcept;
  /// The same of one that is closed, and with that out of the set.
  void forget(int descriptor) noexcept;

 private:
  struct entry {
    ready_handler* handler = nullptr;  // null: nobody's
    unsigned slot = 0;
    std::uint32_t again = 0;  // events to be told in the next turn
  };

  [[nodiscard]] entry& of(int descriptor) noexcept { return entries_[static_cast<std::size_t>(descriptor)]; }
  void tell(int descriptor, std::uint32_t events);

  std::array<epoll_event, 128> events_{};
  int ready_ = 0;               // events of the current batch
  std::vector<int> again_;      // descriptors, those of the current turn first
  std::vector<entry> entries_;  // by descriptor
  const int set_;
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
};

}  // namespace lastframe::net
