#include "telemetry/log_sampler.hpp"

#include <algorithm>
#include <utility>

namespace lastframe::telemetry {

bool log_sampler::admit(log_level level, std::string_view message, time_point now) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const period& one) {
    return one.level == level && one.message == message;
  });
  if (found != open_.end()) return ++found->lines <= how_.burst;
  if (open_.size() < messages) open_.push_back({level, std::string{message}, now + how_.period, 1});
  return true;
}

std::vector<log_sampler::suppressed> log_sampler::take_ended(time_point now) {
  std::vector<suppressed> out;
  for (period& one : open_) {
    if (one.end <= now && one.lines > how_.burst) {
      out.push_back({one.level, one.message, one.lines - how_.burst});
    }
  }
  std::erase_if(open_, [now](const period& one) { return one.end <= now; });
  return out;
}

std::optional<log_sampler::time_point> log_sampler::next_end() const {
  std::optional<time_point> next;
  for (const period& one : open_) {
    if (one.lines > how_.burst && (!next || one.end < *next)) next = one.end;
  }
  return next;
}

}  // namespace lastframe::telemetry
