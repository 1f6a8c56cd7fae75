#include "proxy/config/fault.hpp"

#include <algorithm>
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
  const auto before = [](const fault& each, const position& place) { return each.where < place; };
  const auto first = std::lower_bound(found_.begin(), found_.end(), where, before);
  const auto last = std::find_if(first, found_.end(), [&](const fault& each) { return each.where != where; });
  // A node that an alias repeats is read twice and would be reported twice.
  if (std::none_of(first, last, [&](const fault& each) { return each.message == message; })) {
    found_.insert(last, {file_, where, std::move(message)});
  }
}

std::vector<fault> fault_list::take() {
  return std::exchange(found_, {});
}

}  // namespace lastframe::config
