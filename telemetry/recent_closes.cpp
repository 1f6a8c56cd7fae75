#include "telemetry/recent_closes.hpp"

#include <algorithm>
#include <string>
#include <utility>

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

void add(std::vector<code_count>& to, const code_count& what) {
  const auto found = std::find_if(to.begin(), to.end(), [&](const code_count& counted) {
    return counted.side == what.side && counted.code == what.code;
  });
  if (found == to.end()) {
    to.push_back(what);
  } else {
    found->count += what.count;
  }
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

void recent_closes::count(std::chrono::system_clock::time_point when, const close_key& key) {
  const std::chrono::sys_seconds start = window_of(when);
  const auto number = start.time_since_epoch() / window_length;
  kept_window& window = windows_.at(static_cast<std::size_t>(number) % kept_windows);
  if (window.start != start) window = {start, {}, {}};
  const auto found = std::find_if(window.series.begin(), window.series.end(),
                                  [&](const series_count& counted) { return counted.key == key; });
  if (found != window.series.end()) {
    ++found->count;
  } else if (window.series.size() < kept_series) {
    window.series.push_back({key, 1});
  } else {
    add(window.rest, {key.side, key.code, 1});
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

std::vector<close_window> recent_closes::windows(std::chrono::system_clock::time_point now,
                                                 const series_filter& wanted) const {
  const std::chrono::sys_seconds newest = window_of(now);
  const std::chrono::sys_seconds oldest = newest - (kept_windows - 1) * window_length;
  std::vector<close_window> shown;
  for (const kept_window& window : windows_) {
    if (window.start < oldest || window.start > newest) continue;
    close_window one{window.start, {}};
    for (const auto& [key, count] : window.series) {
      if (!wanted || wanted(key)) add(one.counts, {key.side, key.code, count});
    }
    if (!wanted) {
      for (const code_count& counted : window.rest) add(one.counts, counted);
    }
    if (!one.counts.empty()) shown.push_back(std::move(one));
  }
  std::sort(shown.begin(), shown.end(),
            [](const close_window& a, const close_window& b) { return a.start < b.start; });
  return shown;
}

}  // namespace lastframe::telemetry
