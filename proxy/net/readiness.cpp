#include "proxy/net/readiness.hpp"

#include <utility>

namespace lastframe::net {

task<bool> readiness::wait(std::uint32_t interest, time_point until) {
  watch(interest);
  return waiter_.wait(until);
}

std::uint32_t readiness::release() {
  if (!in_set_) return 0;
  watch(EPOLLIN);
  waiter_.loop()->sockets().abandon(descriptor_);
  in_set_ = false;
  return std::exchange(interest_, 0);
}

void readiness::on_ready(unsigned, std::uint32_t) {
  if ((interest_ & EPOLLONESHOT) != 0) interest_ = 0;
  // What nobody waits for would be reported again and again.
  waiter_.waits() ? waiter_.end(true) : leave();
}

void readiness::watch(std::uint32_t interest) {
  if (interest == interest_) return;
  poller& sockets = waiter_.loop()->sockets();
  if (in_set_) {
    sockets.change(descriptor_, interest, *this);
  } else {
    sockets.add(descriptor_, interest, *this);
  }
  in_set_ = true;
  interest_ = interest;
}

void readiness::leave() noexcept {
  if (waiter_.loop() != nullptr && in_set_) waiter_.loop()->sockets().remove(descriptor_, *this);
  in_set_ = false;
  interest_ = 0;
}

}  // namespace lastframe::net
