#include "telemetry/text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

namespace lastframe::telemetry {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

struct character {
  char32_t point = 0;
  std::size_t size = 1;
  bool valid = false;
};

constexpr bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// Decodes the first character of `text`, which is not empty. Strict (RFC 3629): no overlong forms, no
/// surrogates.
character decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
  char32_t point = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return {};
    point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < least.at(size) || point > 0x10FFFF || surrogate) return {};
  return {point, size, true};
}

/// Characters that a terminal or a reader of lines could obey instead of showing.
bool is_unsafe(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) ||        // C0, DEL, C1
         point == 0x61C || (point >= 0x200B && point <= 0x200F) ||  // invisible, direction
         (point >= 0x2028 && point <= 0x202E) ||                    // separators, direction
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

void append_escape(std::string& out, char32_t point) {
  switch (point) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(point >> static_cast<unsigned>(shift)) & 0xFU];
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool is_plain_word(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+,[]-";
  return !text.empty() && text.find_first_not_of(plain) == std::string_view::npos;
}

}  // namespace

std::string_view cut(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  std::size_t size = max_bytes;
  // A character has at most three continuation bytes; more of them are no character.
  for (int back = 0; back < 3 && size > 0 && is_continuation(text[size]); ++back) --size;
  return text.substr(0, is_continuation(text[size]) ? max_bytes : size);
}

void append_json_string(std::string& out, std::string_view text, std::size_t max_bytes) {
  std::string_view rest = cut(text, max_bytes);
  const bool shortened = rest.size() < text.size();
  out += '"';
  while (!rest.empty()) {
    const character next = decode(rest);
    if (!next.valid) {
      out += replacement;
    } else if (is_unsafe(next.point)) {
      append_escape(out, next.point);
    } else {
      if (next.point == '"' || next.point == '\\') out += '\\';
      out += rest.substr(0, next.size);
    }
    rest.remove_prefix(next.size);
  }
  if (shortened) out += ellipsis;
  out += '"';
}

std::string to_rfc3339(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto ms = floor<milliseconds>(time);
  const auto day = floor<days>(ms);
  const year_month_day date{day};
  const hh_mm_ss clock{ms - day};
  std::array<char, 48> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

line_builder::line_builder(log_format format) : format_(format) {
  line_.reserve(640);
  if (format_ == log_format::json) line_ += '{';
}

void line_builder::begin(std::string_view name) {
  if (format_ == log_format::json) {
    if (line_.size() > 1) line_ += ',';
    line_ += '"';
    line_ += name;
    line_ += "\":";
  } else {
    if (!line_.empty()) line_ += ' ';
    line_ += name;
    line_ += '=';
  }
}

void line_builder::add(std::string_view name, std::string_view text, std::size_t max_bytes) {
  begin(name);
  if (format_ == log_format::text && text.size() <= max_bytes && is_plain_word(text)) {
    line_ += text;
  } else {
    append_json_string(line_, text, max_bytes);
  }
}

void line_builder::add(std::string_view name, std::int64_t number) {
  begin(name);
  append_number(line_, number);
}

void line_builder::add(std::string_view name, std::uint64_t number) {
  begin(name);
  append_number(line_, number);
}

void line_builder::add(std::string_view name, double number) {
  if (!std::isfinite(number)) return add_null(name);
  begin(name);
  append_number(line_, number);
}

void line_builder::add_bool(std::string_view name, bool truth) {
  begin(name);
  line_ += truth ? "true" : "false";
}

void line_builder::add_null(std::string_view name) {
  begin(name);
  line_ += format_ == log_format::json ? "null" : "-";
}

std::string line_builder::take() {
  if (format_ == log_format::json) line_ += '}';
  return std::move(line_);
}

}  // namespace lastframe::telemetry
