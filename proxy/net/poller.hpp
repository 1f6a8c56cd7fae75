// Readiness of the sockets that relay: a level-triggered epoll set, polled through one descriptor of the
// io_context.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/epoll.h>

namespace lastframe::net {

using executor = boost::asio::io_context::executor_type;

/// Told when one of its descriptors is ready.
class ready_handler {
 public:
  /// `slot`: which of them, 0 or 1. `events`: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR. May remove any
  /// descriptor, its own included.
  virtual void on_ready(unsigned slot, std::uint32_t events) = 0;

 protected:
  ~ready_handler() = default;
};

/// An io_context's second epoll set. A socket in it costs the kernel's entry and eight bytes, and a change
/// of interest is the only call to the kernel besides the wait itself. Not thread-safe: the io_context's
/// thread only.
class poller {
 public:
  /// Throws std::system_error if the kernel refuses.
  explicit poller(boost::asio::io_context& io);
  ~poller() = default;
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// Begins to dispatch events; ends with `stop`. Both once.
  void start();
  void stop();

  /// Dispatches what is ready now, one batch at most, for whoever is about to keep the thread for long. Not
  /// from a handler.
  void take_turn();

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
  void wait();

  std::array<epoll_event, 128> events_{};
  int ready_ = 0;              // events of the current batch
  std::vector<owner> owners_;  // by descriptor
  boost::asio::posix::basic_stream_descriptor<executor> set_;
};

}  // namespace lastframe::net
