#include "proxy/net/readiness.hpp"

#include <utility>

namespace lastframe::net {

reactor::~reactor() {
  while (!all_.empty()) {
    readiness& one = all_.front();
    all_.pop_front();
    one.with_ = nullptr;
    times_.arm(one, time_point::max());
    one.waiting_.reset();
  }
}

readiness::readiness(reactor& with, int descriptor) noexcept : with_(&with), descriptor_(descriptor) {
  with.all_.push_back(*this);
}

readiness::~readiness() {
  leave();
}

task<bool> readiness::wait(std::uint32_t interest, time_point until) {
  watch(interest);
  const auto begin = [this, until](handler&& resumes) {
    waiting_.emplace(std::move(resumes));
    if (until != time_point::max()) with_->times_.arm(*this, until);
  };
  token here;
  return asio::async_initiate<token, void(bool)>(begin, here);
}

void readiness::cancel() {
  if (waiting_) finish(false);
}

std::uint32_t readiness::release() {
  if (!in_set_) return 0;
  watch(EPOLLIN);
  with_->sockets_.abandon(descriptor_);
  in_set_ = false;
  return std::exchange(interest_, 0);
}

void readiness::on_ready(unsigned, std::uint32_t) {
  if ((interest_ & EPOLLONESHOT) != 0) interest_ = 0;
  // What nobody waits for would be reported again and again.
  waiting_ ? finish(true) : leave();
}

void readiness::on_time(time_point) {
  finish(false);
}

void readiness::watch(std::uint32_t interest) {
  if (interest == interest_) return;
  if (in_set_) {
    with_->sockets_.change(descriptor_, interest, *this);
  } else {
    with_->sockets_.add(descriptor_, interest, *this);
  }
  in_set_ = true;
  interest_ = interest;
}

void readiness::leave() noexcept {
  if (with_ != nullptr && in_set_) with_->sockets_.remove(descriptor_, *this);
  in_set_ = false;
  interest_ = 0;
}

// The coroutine goes on within this call, and this may go with it.
void readiness::finish(bool ready) {
  with_->times_.arm(*this, time_point::max());
  handler resumes(std::move(*waiting_));
  waiting_.reset();
  resumes(ready);
}

}  // namespace lastframe::net
