#include "proxy/net/wait_list.hpp"

#include <boost/asio/this_coro.hpp>

namespace lastframe::net {

task<void> wait_list::wait(time_point at) {
  waiter here(timer(co_await asio::this_coro::executor, at));
  waiting_.push_back(here);
  co_await here.until.async_wait(as_result);
}

void wait_list::wake_all() {
  while (!waiting_.empty()) {
    waiting_.front().until.cancel();
    waiting_.pop_front();
  }
}

}  // namespace lastframe::net
