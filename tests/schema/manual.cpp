#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/schema/renderings.hpp"

namespace lastframe::config {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char each : text) {
    result += each == '"' ? "\\(dq" : each == '-' ? "\\-" : std::string{each};
  }
  return result;
}

// Sentences and code begin lines of their own; what follows code without a space stays with it.
std::string in_roff(const std::string& text) {
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '`') {
      const std::size_t end = text.find('`', at + 1);
      std::size_t behind = end + 1;
      const std::string code = escaped(std::string_view{text}.substr(at + 1, end - at - 1));
      result += ".Cm " + (code.find(' ') == std::string::npos ? code : "\"" + code + "\"");
      while (behind < text.size() && std::string_view{".,;:"}.find(text[behind]) != std::string_view::npos) {
        result += std::string{" "} + text[behind++];
      }
      result += '\n';
      at = text.find_first_not_of(' ', behind);
      at = at == std::string::npos ? text.size() : at;
      continue;
    }
    const std::size_t code = std::min(text.find('`', at), text.size());
    const std::size_t stop = text.find(". ", at);
    const bool ends = stop < code;
    std::string line = text.substr(at, ends ? stop + 1 - at : code - at);
    at = ends ? stop + 2 : code;
    line.erase(line.find_last_not_of(' ') + 1);
    result += escaped(line) + '\n';
  }
  return result;
}

std::string_view form_of(kind value) {
  switch (value) {
    case kind::listen_address:
    case kind::tcp_address:
      return "address";
    case kind::endpoints:
    case kind::texts:
      return "list";
    case kind::app_codes:
      return "mapping";
    case kind::duration:
      return "duration";
    case kind::name:
      return "name";
    case kind::host:
    case kind::host_match:
      return "host";
    case kind::path:
      return "path";
    case kind::file:
      return "file";
    default:
      return "value";
  }
}

void append_items(const std::vector<key>& keys, std::string& to) {
  to += ".Bl -tag -width Ds\n";
  for (const key& each : keys) {
    if (!has_keys(each)) {
      to += ".It Cm " + each.name + " : ";
      to += each.usual.empty() ? "Ar " + std::string{form_of(each.value)} : escaped(each.usual);
      to += '\n' + in_roff(line_of(each));
    }
  }
  to += ".El\n";
}

void append_section(const key& it, const std::string& path, std::string& to) {
  to += ".Ss " + path + '\n' + in_roff(line_of(it));
  const bool has_items =
      std::any_of(it.keys.begin(), it.keys.end(), [](const key& each) { return !has_keys(each); });
  if (has_items) {
    append_items(it.keys, to);
  }
  const std::string below = path_below(it, path);
  for (const key& each : it.keys) {
    if (has_keys(each)) {
      append_section(each, below + each.name, to);
    }
  }
}

}  // namespace

std::string manual(const std::string& written) {
  const std::size_t begin = written.find(".Ss ");
  const std::size_t end = written.find(".Sh FILES");
  if (begin > end || end == std::string::npos) {
    throw std::invalid_argument{"a manual page of keys has sections .Ss, and FILES behind them"};
  }
  std::string keys;
  std::vector<key> others;
  for (const key& each : description().keys) {
    if (has_keys(each)) {
      append_section(each, each.name, keys);
    } else {
      others.push_back(each);
    }
  }
  keys += ".Ss Other keys\n";
  append_items(others, keys);
  return written.substr(0, begin) + keys + written.substr(end);
}

}  // namespace lastframe::config
