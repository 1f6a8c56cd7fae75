#include "telemetry/recent_closes.hpp"

#include <algorithm>
#include <string>

#include "telemetry/text.hpp"
#include "telemetry/tunnel_line.hpp"

namespace lastframe::telemetry {

namespace {

/// One byte more than is shown is kept, so that what shows it can tell that it was cut.
void shorten(std::string& text, std::size_t max_bytes) {
  if (text.size() <= max_bytes + 1) return;
  text = std::string{std::string_view{text}.substr(0, max_bytes + 1)};
}

std::chrono::sys_seconds window_of(std::chrono::system_clock::time_point when) {
  const auto since = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch();
  return std::chrono::sys_seconds{since - since % recent_closes::window_length};
}

}  // namespace

void recent_closes::keep(const tunnel_summary& tunnel) {
  if (closes_.size() < kept_closes) closes_.emplace_back();
  tunnel_summary& kept = closes_[next_];
  kept = tunnel;
  shorten(kept.host, max_host_bytes);
  shorten(kept.path, max_path_bytes);
  shorten(kept.subprotocol, max_subprotocol_bytes);
  next_ = (next_ + 1) % kept_closes;
}

void recent_closes::count(std::chrono::system_clock::time_point when, leg side, close_code label) {
  const std::chrono::sys_seconds start = window_of(when);
  const auto number = start.time_since_epoch() / window_length;
  close_window& window = windows_.at(static_cast<std::size_t>(number) % kept_windows);
  if (window.start != start) {
    window.start = start;
    window.counts.clear();
  }
  const auto found = std::find_if(window.counts.begin(), window.counts.end(), [&](const code_count& counted) {
    return counted.side == side && counted.code == label;
  });
  if (found != window.counts.end()) {
    ++found->count;
  } else {
    window.counts.push_back({side, label, 1});
  }
}

std::vector<tunnel_summary> recent_closes::last(std::size_t n, const close_filter& wanted) const {
  std::vector<tunnel_summary> newest_first;
  newest_first.reserve(std::min(n, closes_.size()));
  for (std::size_t i = 1; i <= closes_.size() && newest_first.size() < n; ++i) {
    const tunnel_summary& one = closes_[(next_ + kept_closes - i) % kept_closes];
    if (!wanted || wanted(one)) newest_first.push_back(one);
  }
  return newest_first;
}

std::vector<close_window> recent_closes::windows(std::chrono::system_clock::time_point now) const {
  const std::chrono::sys_seconds newest = window_of(now);
  const std::chrono::sys_seconds oldest = newest - (kept_windows - 1) * window_length;
  std::vector<close_window> shown;
  for (const close_window& window : windows_) {
    if (!window.counts.empty() && window.start >= oldest && window.start <= newest) shown.push_back(window);
  }
  std::sort(shown.begin(), shown.end(),
            [](const close_window& a, const close_window& b) { return a.start < b.start; });
  return shown;
}

}  // namespace lastframe::telemetry
