#include "proxy/protocol/failure_pacer.hpp"

namespace lastframe::protocol {

milliseconds failure_pacer::failed(time_point now, milliseconds longest, std::uint64_t random) noexcept {
  using std::chrono::seconds;
  // Answers that wait make failures rarer, so the route counts as failing until that long passed without one.
  if (failing_ && now - last_ > longest + seconds(1)) failing_ = false;
  const time_point oldest = recent_[next_];
  if (oldest != time_point{} && now - oldest < seconds(1)) failing_ = true;
  recent_[next_] = now;
  next_ = (next_ + 1) % few;
  last_ = now;
  if (!failing_ || longest <= milliseconds(0)) return milliseconds(0);
  return milliseconds(random % static_cast<std::uint64_t>(longest.count() + 1));
}

}  // namespace lastframe::protocol
