#include "proxy/net/timer_queue.hpp"

namespace lastframe::net {

void timer_queue::arm(timer_entry& entry, time_point due) {
  if (entry.is_linked()) entries_.erase(entries_.iterator_to(entry));
  entry.due_ = due;
  if (due == time_point::max()) return;
  entries_.insert(entry);
}

time_point timer_queue::due() const noexcept {
  return entries_.empty() ? time_point::max() : std::chrono::ceil<slack>(entries_.begin()->due_);
}

void timer_queue::expire(time_point now) {
  for (int i = 0; i < most_at_once && !entries_.empty() && entries_.begin()->due_ <= now; ++i) {
    timer_entry& entry = *entries_.begin();
    entries_.erase(entries_.begin());
    entry.due_ = time_point::max();
    entry.on_time(now);
  }
}

}  // namespace lastframe::net
