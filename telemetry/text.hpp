// Lines and JSON out of text that anyone may have sent.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "telemetry/log_output.hpp"

namespace lastframe::telemetry {

/// Appends `text` as a JSON string (RFC 8259 §7) with its quotes: at most `max_bytes` of it, cut between
/// characters and ended by an ellipsis. Always valid UTF-8 on one line: bytes that are not UTF-8 become
/// U+FFFD; control characters, line separators, and marks that change the direction of writing are escaped.
void append_json_string(std::string& out, std::string_view text, std::size_t max_bytes);

/// `text` cut to at most `max_bytes`, not within a UTF-8 character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t max_bytes) noexcept;

/// As RFC 3339 in UTC with milliseconds: `2026-11-21T23:22:19.123Z`.
[[nodiscard]] std::string to_rfc3339(std::chrono::system_clock::time_point time);

/// Builds one line: a JSON object, or `name=value` pairs in which only plain words go without quotes.
class line_builder {
 public:
  static constexpr std::size_t max_text = 1'024;

  explicit line_builder(log_format format);

  void add(std::string_view name, std::string_view text, std::size_t max_bytes = max_text);
  void add(std::string_view name, std::int64_t number);
  void add(std::string_view name, std::uint64_t number);
  /// Shortest decimal that reads back as `number`; null if it is not finite.
  void add(std::string_view name, double number);
  /// No conversions: text is not true.
  void add(std::string_view name, std::same_as<bool> auto truth) { add_bool(name, truth); }
  void add_null(std::string_view name);

  /// The finished line, without a newline. Ends the builder.
  [[nodiscard]] std::string take();

 private:
  void begin(std::string_view name);
  void add_bool(std::string_view name, bool truth);

  log_format format_;
  std::string line_;
};

}  // namespace lastframe::telemetry
