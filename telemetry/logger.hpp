// Operational log lines: level, message, fields.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
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

/// How many warnings or errors of one message are written per period.
struct log_sampling {
  std::size_t burst = 10;
  std::chrono::milliseconds period{10'000};
};

/// Writes lines of a level and above. Any thread. Text of any origin is safe: it is escaped and cut.
///
///   log.info("listening", {{"address", "0.0.0.0:8080"}, {"workers", 4}});
///
/// Of warnings and errors with the same message, whatever their fields, only the first few of each period are
/// written; a line `lines suppressed` says at its end how many were not.
class logger {
 public:
  /// `out` must outlive the logger.
  logger(log_output& out, log_format format, log_level least, const log_sampling& sampling = {});
  /// Tells what was suppressed until now.
  ~logger();
  logger(const logger&) = delete;
  logger& operator=(const logger&) = delete;

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

  [[nodiscard]] bool enabled(log_level level) const noexcept {
    return level >= least_.load(std::memory_order_relaxed);
  }
  /// Lines from here on are of another format, and of another level and above.
  void use(log_format format, log_level least) noexcept {
    format_ = format;
    least_ = least;
  }

 private:
  class flood_guard;

  void write(log_level level, std::string_view message, log_fields fields);

  log_output* out_;
  std::atomic<log_format> format_;
  std::atomic<log_level> least_;
  std::unique_ptr<flood_guard> guard_;
};

}  // namespace lastframe::telemetry
