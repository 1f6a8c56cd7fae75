// Operational log lines: level, message, fields.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "telemetry/log_output.hpp"

namespace lastframe::telemetry {

enum class log_level : std::uint8_t { trace, debug, info, warning, error };

constexpr std::string_view to_string(log_level value) {
  switch (value) {
    case log_level::trace:
      return "trace";
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      break;
  }
  return "error";
}

/// A named value of a line. Refers to its text: for use as an argument only.
struct log_field {
  std::string_view name;  ///< a literal of letters, digits and underscores
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

  log_field(std::string_view field, std::string_view text) : name(field), value(text) {}
  log_field(std::string_view field, const std::string& text) : name(field), value(std::string_view{text}) {}
  log_field(std::string_view field, const char* text) : name(field), value(std::string_view{text}) {}
  log_field(std::string_view field, bool truth) : name(field), value(truth) {}
  log_field(std::string_view field, std::floating_point auto number)
      : name(field), value(static_cast<double>(number)) {}
  log_field(std::string_view field, std::signed_integral auto number)
      : name(field), value(static_cast<std::int64_t>(number)) {}
  log_field(std::string_view field, std::unsigned_integral auto number)
      : name(field), value(static_cast<std::uint64_t>(number)) {}
};

using log_fields = std::initializer_list<log_field>;

/// Writes lines of a level and above. Any thread. Text of any origin is safe: it is escaped and cut.
///
///   log.info("listening", {{"address", "0.0.0.0:8080"}, {"workers", 4}});
class logger {
 public:
  /// `out` must outlive the logger.
  logger(log_output& out, log_format format, log_level least) : out_(&out), format_(format), least_(least) {}

  void log(log_level level, std::string_view message, log_fields fields = {}) noexcept;

  void debug(std::string_view message, log_fields fields = {}) noexcept {
    log(log_level::debug, message, fields);
  }
  void info(std::string_view message, log_fields fields = {}) noexcept {
    log(log_level::info, message, fields);
  }
  void warning(std::string_view message, log_fields fields = {}) noexcept {
    log(log_level::warning, message, fields);
  }
  void error(std::string_view message, log_fields fields = {}) noexcept {
    log(log_level::error, message, fields);
  }

  [[nodiscard]] bool enabled(log_level level) const noexcept { return level >= least_; }

 private:
  log_output* out_;
  log_format format_;
  log_level least_;
};

}  // namespace lastframe::telemetry
