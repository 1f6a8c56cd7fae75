// Coroutines that wait for something to happen, each until a time of its own.
#pragma once

#include <boost/intrusive/list.hpp>

#include "proxy/net/task.hpp"

namespace lastframe::net {

/// Where they wait. Not thread-safe: their io_context's thread only. Must outlive every wait that still ends;
/// a coroutine that is destroyed while it waits may outlive it.
class wait_list {
 public:
  /// Waits for `wake_all`, at most until `at`.
  [[nodiscard]] task<void> wait(time_point at);
  /// Ends all waits of now, soon.
  void wake_all();

 private:
  struct waiter
      : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit waiter(timer at) : until(std::move(at)) {}
    timer until;
  };

  boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> waiting_;
};

}  // namespace lastframe::net
