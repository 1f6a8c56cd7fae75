#include "proxy/net/timer_queue.hpp"

namespace lastframe::net {

void timer_queue::arm(timer_entry& entry, time_point due) {
  if (entry.is_linked()) entries_.erase(entries_.iterator_to(entry));
  entry.due_ = due;
  if (due == time_point::max()) return;
  entries_.insert(entry);
  if (std::chrono::ceil<slack>(due) < wakes_at_) wait();
}

void timer_queue::wait() {
  if (entries_.empty()) {
    wakes_at_ = time_point::max();
    return;
  }
  wakes_at_ = std::chrono::ceil<slack>(entries_.begin()->due_);
  timer_.expires_at(wakes_at_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) expire();
  });
}

void timer_queue::expire() {
  const time_point now = std::chrono::steady_clock::now();
  // Nobody may wait again while entries are called: the last step here does.
  wakes_at_ = time_point::min();
  for (int i = 0; i < most_at_once && !entries_.empty() && entries_.begin()->due_ <= now; ++i) {
    timer_entry& entry = *entries_.begin();
    entries_.erase(entries_.begin());
    entry.due_ = time_point::max();
    entry.on_time(now);
  }
  wait();
}

}  // namespace lastframe::net
