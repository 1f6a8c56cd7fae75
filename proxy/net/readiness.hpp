// Coroutines that wait for a descriptor, in the worker's own set.
#pragma once

#include <cstdint>

#include "proxy/net/waiter.hpp"

namespace lastframe::net {

/// A descriptor's place in the poller, and the coroutine that waits for it. It stays there between waits. May
/// outlive the loop, as a waiter may. Not thread-safe.
class readiness final : public ready_handler {
 public:
  /// `descriptor` stays open until `release`, or until this goes.
  readiness(event_loop& with, int descriptor) noexcept : waiter_(with), descriptor_(descriptor) {}
  ~readiness() { leave(); }
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
  void cancel() { waiter_.end(false); }

  /// Whether nothing has arrived since the last wait for EPOLLIN and what was read behind it, as far as the
  /// poller was asked. False also where nobody looks.
  [[nodiscard]] bool quiet() const noexcept { return interest_ == EPOLLIN; }

  /// Gives up the descriptor, which stays in the poller as nobody's. Returns what it is watched for there,
  /// EPOLLIN; 0: it is not. Throws std::system_error.
  [[nodiscard]] std::uint32_t release();

 private:
  void on_ready(unsigned slot, std::uint32_t events) override;
  void leave() noexcept;

  waiter waiter_;
  int descriptor_;
  std::uint32_t interest_ = 0;  // as the poller was told; 0: none, or told once and no more
  bool in_set_ = false;
};

}  // namespace lastframe::net
