#include "proxy/explain.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <string>
#include <string_view>

#include "telemetry/close_code.hpp"

namespace lastframe {
namespace {

constexpr std::size_t line_width = 100;

std::string codes(const telemetry::close_code_info& info) {
  const std::string first = std::to_string(info.first);
  return info.is_range() ? first + "-" + std::to_string(info.last) : first;
}

// Continues at column `indent`; words are never cut.
void write_wrapped(std::ostream& out, std::string_view text, std::size_t indent) {
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (column > indent && column + 1 + word.size() > line_width) {
      out << '\n' << std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out << ' ';
      ++column;
    }
    out << word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out << '\n';
}

void write_part(std::ostream& out, std::string_view title, std::string_view text) {
  constexpr std::size_t indent = 12;
  out << std::left << std::setw(indent) << title;
  write_wrapped(out, text, indent);
}

}  // namespace

bool explain(std::ostream& out, telemetry::close_code code) {
  const telemetry::close_code_info* const info = telemetry::find_close_code(code);
  if (info == nullptr) {
    return false;
  }
  out << code << ' ' << info->name;
  if (info->is_range()) {
    out << " (" << codes(*info) << ')';
  }
  out << (info->on_wire ? "\n\n" : ", only counted: never in a Close frame\n\n");
  write_part(out, "meaning", info->meaning);
  write_part(out, "sent by", info->sender);
  write_part(out, "operator", info->operator_hint);
  write_part(out, "client", info->client_hint);
  return true;
}

void explain_all(std::ostream& out) {
  std::size_t longest = 0;
  for (const telemetry::close_code_info& each : telemetry::close_code_table()) {
    longest = std::max(longest, each.name.size());
  }
  constexpr int code_width = 11;
  const std::size_t indent = code_width + longest + 2;
  for (const telemetry::close_code_info& each : telemetry::close_code_table()) {
    out << std::left << std::setw(code_width) << codes(each) << std::setw(static_cast<int>(longest) + 2)
        << each.name;
    write_wrapped(out, each.meaning, indent);
  }
  out << "\n`lastframe explain CODE` says who sends a code, what to look at, and what a client should do.\n";
}

}  // namespace lastframe
