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

  /// Waits for `interest`, EPOLLIN or EPOLLOUT, or an end of the connection: for something that came since
  /// the last wait for it. Whoever left something behind says so by `renew`. False: `until` came first, or
  /// `cancel`. One coroutine at a time. Throws std::system_error.
  [[nodiscard]] task<bool> wait(std::uint32_t interest, time_point until);
  /// From here on, and not from the first wait only, `quiet` tells. Throws std::system_error.
  void watch(std::uint32_t interest);
  /// The next wait for EPOLLIN ends at once.
  void renew() noexcept { came_ |= EPOLLIN; }
  /// Ends a wait, if there is one. This may be gone when it returns.
  void cancel() { waiter_.end(false); }

  /// The time by the loop, which is there.
  [[nodiscard]] time_point now() const noexcept { return waiter_.loop()->now(); }

  /// Whether nothing has arrived since the last wait for EPOLLIN, and no end ever, as far as the poller was
  /// asked. False also where nobody looks.
  [[nodiscard]] bool quiet() const noexcept {
    return interest_ != 0 && (came_ & (EPOLLIN | ending_events)) == 0;
  }
  /// Whether more may lie there than a short read took.
  [[nodiscard]] bool is_ending() const noexcept { return (came_ & ending_events) != 0; }

  /// A descriptor's place in the poller.
  struct place {
    std::uint32_t interest = 0;  ///< 0: none
    std::uint32_t came = 0;      ///< events that nobody has waited for yet
  };
  /// Gives up the descriptor, which stays in the poller as nobody's.
  [[nodiscard]] place release() noexcept;

 private:
  void on_ready(unsigned slot, std::uint32_t events) override;
  void leave() noexcept;

  waiter waiter_;
  int descriptor_;
  std::uint32_t interest_ = 0;  // as the poller was told; 0: it was not
  std::uint32_t awaited_ = 0;
  std::uint32_t came_ = 0;
};

}  // namespace lastframe::net
