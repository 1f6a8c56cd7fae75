#include "proxy/net/readiness.hpp"

#include <utility>

namespace lastframe::net {

task<bool> readiness::wait(std::uint32_t interest, time_point until) {
  watch(interest);
  awaited_ = interest;
  if ((came_ & interest) != 0) waiter_.loop()->sockets().again(descriptor_, came_ & interest);
  return waiter_.wait(until);
}

readiness::place readiness::release() noexcept {
  if (interest_ != 0) waiter_.loop()->sockets().abandon(descriptor_);
  return {.interest = std::exchange(interest_, 0), .came = std::exchange(came_, 0)};
}

void readiness::on_ready(unsigned, std::uint32_t events) {
  came_ |= events;
  if ((events & ending_events) != 0) came_ |= EPOLLIN | EPOLLOUT;
  if (!waiter_.waits() || (came_ & awaited_) == 0) return;
  came_ &= ~awaited_;
  waiter_.end(true);
}

void readiness::watch(std::uint32_t interest) {
  if ((interest & ~interest_) == 0) return;
  poller& sockets = waiter_.loop()->sockets();
  if (interest_ != 0) {
    sockets.change(descriptor_, interest_ | interest);
  } else {
    sockets.add(descriptor_, interest, *this);
  }
  interest_ |= interest;
}

void readiness::leave() noexcept {
  if (waiter_.loop() != nullptr && interest_ != 0) waiter_.loop()->sockets().remove(descriptor_);
  interest_ = 0;
}

}  // namespace lastframe::net
