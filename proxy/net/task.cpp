#include "proxy/net/task.hpp"

namespace lastframe::net {

namespace {

constexpr std::chrono::milliseconds until_again{50};

}  // namespace

deadline::deadline(socket& guarded, time_point at)
    : guarded_(guarded),
      timer_(guarded.get_executor(), at),
      at_(at),
      self_(std::make_shared<deadline*>(this)) {
  wait();
}

deadline::~deadline() {
  *self_ = nullptr;
}

void deadline::wait() {
  // The timer's handler may be queued already when this object goes: it owns the pointer that says so.
  timer_.async_wait([self = self_](const error_code& error) {
    if (error || *self == nullptr) return;
    deadline& passed = **self;
    error_code ignored;
    passed.guarded_.cancel(ignored);
    passed.timer_.expires_after(until_again);
    passed.wait();
  });
}

}  // namespace lastframe::net
