// Reads the text format of Prometheus, as far as tests need it.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {

namespace {

// `a="1",b="2"`; no value in these tests holds a quote.
labels parse_labels(std::string_view text) {
  labels out;
  while (!text.empty()) {
    const auto equals = text.find("=\"");
    const auto end = text.find('"', equals + 2);
    if (equals == std::string_view::npos || end == std::string_view::npos)
      throw std::runtime_error("labels that cannot be read");
    out.emplace(text.substr(0, equals), text.substr(equals + 2, end - equals - 2));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

}  // namespace

scrape::scrape(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto brace = line.find('{');
    const auto space = line.rfind(' ');
    series& made = all_.emplace_back();
    made.name = line.substr(0, std::min(brace, space));
    if (brace != std::string_view::npos) {
      made.labels = parse_labels(line.substr(brace + 1, line.rfind('}') - brace - 1));
    }
    made.value = std::stod(std::string(line.substr(space + 1)));
  }
}

double scrape::sum(const std::string& name, const labels& some) const {
  double total = 0;
  for (const series& each : all_) {
    const bool matches = std::all_of(some.begin(), some.end(), [&](const auto& label) {
      const auto found = each.labels.find(label.first);
      return found != each.labels.end() && found->second == label.second;
    });
    if (each.name == name && matches) total += each.value;
  }
  return total;
}

std::vector<std::string> scrape::closes() const {
  std::vector<std::string> out;
  for (const series& each : all_) {
    if (each.name != "lastframe_closes_total") continue;
    const std::string text = each.labels.at("leg") + " " + each.labels.at("code") + " " +
                             each.labels.at("initiator") + " " + each.labels.at("cause");
    out.insert(out.end(), static_cast<std::size_t>(std::lround(each.value)), text);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace lastframe::support
