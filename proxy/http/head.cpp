#include "proxy/http/head.hpp"

#include "proxy/http/text.hpp"

namespace lastframe::http {
namespace {

/// Calls `each` with every non-empty member of one comma-separated value; ends early when it returns true.
template <class Function>
bool any_member(std::string_view value, Function each) {
  if (value.find(',') == std::string_view::npos) {
    const std::string_view only = trim(value);
    return !only.empty() && each(only);
  }
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    if (i < value.size()) {
      const char c = value[i];
      if (quoted && c == '\\' && i + 1 < value.size()) {
        ++i;
        continue;
      }
      if (c == '"') quoted = !quoted;
      if (c != ',' || quoted) continue;
    }
    const std::string_view member = trim(value.substr(begin, i - begin));
    begin = i + 1;
    if (!member.empty() && each(member)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string_view> field_list::find(std::string_view name) const noexcept {
  for (const field& each : *this)
    if (equal_ignoring_case(each.name, name)) return each.value;
  return std::nullopt;
}

std::size_t field_list::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(begin(), end(), [&](const field& each) { return equal_ignoring_case(each.name, name); }));
}

bool field_list::has_token(std::string_view name, std::string_view token) const noexcept {
  for (const field& each : *this) {
    if (!equal_ignoring_case(each.name, name)) continue;
    if (any_member(each.value, [&](std::string_view member) { return equal_ignoring_case(member, token); }))
      return true;
  }
  return false;
}

std::vector<std::string_view> field_list::list(std::string_view name) const {
  std::vector<std::string_view> members;
  for (const field& each : *this) {
    if (!equal_ignoring_case(each.name, name)) continue;
    any_member(each.value, [&](std::string_view member) {
      members.push_back(member);
      return false;
    });
  }
  return members;
}

}  // namespace lastframe::http
