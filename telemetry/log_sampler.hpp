// Keeps a flood of one line from drowning a log: which lines are written, and how many were not.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/logger.hpp"

namespace lastframe::telemetry {

/// Lets the first `burst` lines of a message pass in each period, which begins with the first of them. One
/// thread at a time. Reads no clock: with each time that passes, first ask `take_ended`, then `admit`.
class log_sampler {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// How many messages are told apart at a time; others pass. There are fewer in the code.
  static constexpr std::size_t messages = 64;

  /// A message whose period is over, and how many of its lines did not pass.
  struct suppressed {
    log_level level = log_level::warning;
    std::string message;
    std::uint64_t lines = 0;

    bool operator==(const suppressed&) const = default;
  };

  explicit log_sampler(const log_sampling& how) : how_(how) {}

  /// Whether the line may be written.
  [[nodiscard]] bool admit(log_level level, std::string_view message, time_point now);

  /// What is to be told of the periods that ended by `now`, each once.
  [[nodiscard]] std::vector<suppressed> take_ended(time_point now);

  /// When the next period ends of which something is to be told.
  [[nodiscard]] std::optional<time_point> next_end() const;

 private:
  struct period {
    log_level level;
    std::string message;
    time_point end;
    std::uint64_t lines;
  };

  log_sampling how_;
  std::vector<period> open_;
};

}  // namespace lastframe::telemetry
