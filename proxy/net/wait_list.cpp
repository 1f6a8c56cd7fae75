#include "proxy/net/wait_list.hpp"

namespace lastframe::net {

task<void> wait_list::wait(event_loop& with, time_point at) {
  entry here(with);
  waiting_.push_back(here);
  static_cast<void>(co_await here.wait.wait(at));
}

void wait_list::wake_all() {
  // Who goes on may wait here again.
  list now;
  now.swap(waiting_);
  while (!now.empty()) {
    entry& one = now.front();
    now.pop_front();
    one.wait.end(true);
  }
}

}  // namespace lastframe::net
