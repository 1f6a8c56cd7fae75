// Coroutines that wait for something to happen, each until a time of its own.
#pragma once

#include <boost/intrusive/list.hpp>

#include "proxy/net/waiter.hpp"

namespace lastframe::net {

/// Where they wait. Not thread-safe: the loop's thread only. Must outlive every wait that still ends; a
/// coroutine that is destroyed while it waits may outlive it.
class wait_list {
 public:
  /// Waits for `wake_all`, at most until `at`.
  [[nodiscard]] task<void> wait(event_loop& with, time_point at);
  /// Ends all waits of now: their coroutines go on within this call.
  void wake_all();

 private:
  struct entry
      : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit entry(event_loop& with) : wait(with) {}
    waiter wait;
  };
  using list = boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>>;

  list waiting_;
};

}  // namespace lastframe::net
