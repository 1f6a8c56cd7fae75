// How a coroutine waits on a worker's thread.
#pragma once

#include <optional>

#include "proxy/net/event_loop.hpp"
#include "proxy/net/task.hpp"

namespace lastframe::net {

/// One coroutine's wait at a time, for `end` or for time. May outlive the loop, since it goes with coroutines
/// that the io_context still holds. The loop's thread only.
class waiter final : public timer_entry, public event_loop::hook {
 public:
  explicit waiter(event_loop& with) noexcept;
  ~waiter() override = default;
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  /// Waits for `end`. False: `until` came first, or that is what `end` was told.
  [[nodiscard]] task<bool> wait(time_point until);
  /// Ends the wait, if there is one: its coroutine goes on within this call, and this may go with it.
  void end(bool outcome);

  [[nodiscard]] bool waits() const noexcept { return resumes_.has_value(); }
  /// Null once it is gone.
  [[nodiscard]] event_loop* loop() const noexcept { return with_; }

 private:
  friend class event_loop;
  using token = asio::use_awaitable_t<executor>;
  using handler = asio::async_result<token, void(bool)>::handler_type;

  void on_time(time_point now) override;
  void give_up();

  event_loop* with_;
  std::optional<handler> resumes_;
};

/// Waits until `until`.
[[nodiscard]] task<void> sleep(event_loop& with, time_point until);

}  // namespace lastframe::net
