// Coroutines that wait for a descriptor or for time, in the worker's own set.
#pragma once

#include <cstdint>
#include <optional>

#include <boost/intrusive/list.hpp>

#include "proxy/net/poller.hpp"
#include "proxy/net/task.hpp"
#include "proxy/net/timer_queue.hpp"

namespace lastframe::net {

class readiness;

/// What a worker waits with. Its `readiness`es may outlive it, since they go with coroutines that the
/// io_context still holds; it ends their waits, which never return, and the io_context must outlive it.
class reactor {
 public:
  reactor(poller& sockets, timer_queue& times) noexcept : sockets_(sockets), times_(times) {}
  ~reactor();
  reactor(const reactor&) = delete;
  reactor& operator=(const reactor&) = delete;

 private:
  friend class readiness;
  using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  poller& sockets_;
  timer_queue& times_;
  boost::intrusive::list<readiness, boost::intrusive::base_hook<hook>,
                         boost::intrusive::constant_time_size<false>>
      all_;
};

/// A descriptor's place in the poller, and the coroutine that waits for it. It stays there between waits. Not
/// thread-safe.
class readiness final : public ready_handler, public timer_entry, public reactor::hook {
 public:
  /// `descriptor` stays open until `release`, or until this goes.
  readiness(reactor& with, int descriptor) noexcept;
  ~readiness() override;
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;

  /// Waits for `interest`, EPOLLIN or EPOLLOUT, or an end of the connection. With EPOLLONESHOT each wait is a
  /// call to the kernel, but what becomes ready later is told in its order: a descriptor that was told of
  /// stays at the head of the kernel's list for one more turn otherwise, ready or not. False: `until` came
  /// first, or `cancel`. One coroutine at a time. Throws std::system_error.
  [[nodiscard]] task<bool> wait(std::uint32_t interest, time_point until);
  /// From here on, and not from the first wait only, `quiet` tells. Throws std::system_error.
  void watch(std::uint32_t interest);
  /// Ends a wait, if there is one. This may be gone when it returns.
  void cancel();

  /// Whether nothing has arrived since the last wait for EPOLLIN and what was read behind it, as far as the
  /// poller was asked. False also where nobody looks.
  [[nodiscard]] bool quiet() const noexcept { return interest_ == EPOLLIN; }

  /// Gives up the descriptor, which stays in the poller as nobody's. Returns what it is watched for there,
  /// EPOLLIN; 0: it is not. Throws std::system_error.
  [[nodiscard]] std::uint32_t release();

 private:
  friend class reactor;
  using token = asio::use_awaitable_t<executor>;
  using handler = asio::async_result<token, void(bool)>::handler_type;

  void on_ready(unsigned slot, std::uint32_t events) override;
  void on_time(time_point now) override;
  void leave() noexcept;
  void finish(bool ready);

  reactor* with_;  // null once it is gone
  int descriptor_;
  std::uint32_t interest_ = 0;  // as the poller was told; 0: none, or told once and no more
  bool in_set_ = false;
  std::optional<handler> waiting_;
};

}  // namespace lastframe::net
