#include "proxy/config/fault.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace lastframe::config {

std::string to_string(const fault& what) {
  if (what.where.line == 0) {
    return what.file + ": " + what.message;
  }
  return what.file + ":" + std::to_string(what.where.line) + ":" + std::to_string(what.where.column) + ": " +
         what.message;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 80;
  constexpr std::string_view hex = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      result += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
    } else {
      result += c;
    }
  }
  return result + (text.size() > longest ? "…\"" : "\"");
}

void fault_list::add(position where, std::string message) {
  found_.push_back({file_, where, std::move(message)});
}

std::vector<fault> fault_list::take() {
  // A node that an alias repeats is read twice and would be reported twice.
  std::vector<fault> result;
  for (fault& each : std::exchange(found_, {})) {
    if (std::find(result.begin(), result.end(), each) == result.end()) {
      result.push_back(std::move(each));
    }
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const fault& a, const fault& b) { return a.where < b.where; });
  return result;
}

}  // namespace lastframe::config
