#include "proxy/net/waiter.hpp"

#include <utility>

namespace lastframe::net {

waiter::waiter(event_loop& with) noexcept : with_(&with) {
  with.waiters_.push_back(*this);
}

task<bool> waiter::wait(time_point until) {
  const auto begin = [this, until](handler&& resumes) {
    resumes_.emplace(std::move(resumes));
    if (until != time_point::max()) with_->times().arm(*this, until);
  };
  token here;
  return asio::async_initiate<token, void(bool)>(begin, here);
}

void waiter::end(bool outcome) {
  if (!resumes_) return;
  with_->times().arm(*this, time_point::max());
  handler resumes(std::move(*resumes_));
  resumes_.reset();
  resumes(outcome);
}

void waiter::on_time(time_point) {
  end(false);
}

void waiter::give_up() {
  with_->times().arm(*this, time_point::max());
  with_ = nullptr;
  resumes_.reset();
}

task<void> sleep(event_loop& with, time_point until) {
  waiter here(with);
  static_cast<void>(co_await here.wait(until));
}

}  // namespace lastframe::net
