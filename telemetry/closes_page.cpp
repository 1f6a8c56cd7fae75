#include "telemetry/closes_page.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "telemetry/closes_query.hpp"
#include "telemetry/code_labels.hpp"
#include "telemetry/text.hpp"
#include "telemetry/tunnel_line.hpp"

namespace lastframe::telemetry {

namespace {

using counts_by_code = std::map<std::pair<leg, close_code>, std::uint64_t>;

std::vector<tunnel_summary> merge(std::vector<worker_closes>& answers) {
  std::vector<tunnel_summary> all;
  for (worker_closes& answer : answers) {
    std::move(answer.last.begin(), answer.last.end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(), [](const tunnel_summary& a, const tunnel_summary& b) {
    return std::tie(a.time, a.id) > std::tie(b.time, b.id);
  });
  return all;
}

std::map<std::chrono::sys_seconds, counts_by_code> merge_windows(const std::vector<worker_closes>& answers) {
  std::map<std::chrono::sys_seconds, counts_by_code> merged;
  for (const worker_closes& answer : answers) {
    for (const close_window& window : answer.windows) {
      for (const code_count& counted : window.counts) {
        merged[window.start][{counted.side, counted.code}] += counted.count;
      }
    }
  }
  return merged;
}

std::string window_object(std::chrono::sys_seconds start, const counts_by_code& counts) {
  std::string out = "{\"start\":\"" + to_rfc3339(start) + "\",\"counts\":[";
  bool first = true;
  for (const auto& [what, count] : counts) {
    if (!std::exchange(first, false)) out += ',';
    line_builder object{log_format::json};
    object.add("leg", to_string(what.first));
    object.add("code", to_label(what.second));
    object.add("count", count);
    out += object.take();
  }
  return out + "]}";
}

}  // namespace

std::string closes_page(std::vector<worker_closes> answers, std::size_t workers, std::size_t limit,
                        const catalogue& names, std::chrono::system_clock::time_point now) {
  std::string out = "{\"time\":\"" + to_rfc3339(now) + "\",\"workers\":" + std::to_string(workers) +
                    ",\"workers_answered\":" + std::to_string(answers.size()) + ",\"closes\":[";
  const auto windows = merge_windows(answers);
  const std::vector<tunnel_summary> all = merge(answers);
  const std::size_t shown = std::min(limit, all.size());
  const char* separator = "\n";
  for (std::size_t i = 0; i < shown; ++i) {
    out += std::exchange(separator, ",\n") + tunnel_line(all[i], names, log_format::json);
  }
  out += "],\n\"next\":";
  if (shown != 0 && shown < all.size()) {
    out += '"' + to_string(closes_cursor{all[shown - 1].time, all[shown - 1].id}) + '"';
  } else {
    out += "null";
  }
  out += ",\"window_seconds\":" + std::to_string(recent_closes::window_length.count()) + ",\"windows\":[";
  separator = "\n";
  for (const auto& [start, counts] : windows) {
    out += std::exchange(separator, ",\n") + window_object(start, counts);
  }
  return out + "]}\n";
}

}  // namespace lastframe::telemetry
