#include "proxy/config/units.hpp"

#include <charconv>

namespace lastframe::config {
namespace {

template <std::size_t N>
boost::system::result<std::uint64_t, unit_errc> parse(std::string_view text, const std::array<unit, N>& units,
                                                      std::uint64_t largest) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::invalid_argument) {
    return unit_errc::no_number;
  }
  if (error != std::errc{}) {
    return unit_errc::too_large;
  }
  std::string_view rest{after, static_cast<std::size_t>(end - after)};
  while (!rest.empty() && rest.front() == ' ') {
    rest.remove_prefix(1);
  }
  if (rest.empty()) {
    return unit_errc::no_unit;
  }
  if (rest.front() == '.' || rest.front() == ',') {
    return unit_errc::fraction;
  }
  for (const unit& each : units) {
    if (each.name == rest) {
      if (number > largest / each.factor) {
        return unit_errc::too_large;
      }
      return number * each.factor;
    }
  }
  return unit_errc::unknown_unit;
}

template <std::size_t N>
std::string write(std::uint64_t value, const std::array<unit, N>& units, std::string_view zero) {
  for (auto each = units.rbegin(); each != units.rend(); ++each) {
    if (value >= each->factor && value % each->factor == 0) {
      return std::to_string(value / each->factor) + std::string{each->name};
    }
  }
  return std::string{zero};
}

}  // namespace

std::string_view to_string(unit_errc value) {
  switch (value) {
    case unit_errc::no_number:
      return "not a number with a unit";
    case unit_errc::no_unit:
      return "a number without a unit";
    case unit_errc::unknown_unit:
      return "an unknown unit";
    case unit_errc::fraction:
      return "not a whole number; take a smaller unit";
    case unit_errc::too_large:
      return "too large";
  }
  return "unknown error";
}

boost::system::result<std::chrono::milliseconds, unit_errc> parse_duration(std::string_view text) {
  const auto value = parse(text, duration_units, 1'000'000ULL * 3'600'000);
  if (!value) {
    return value.error();
  }
  return std::chrono::milliseconds{*value};
}

boost::system::result<std::uint64_t, unit_errc> parse_size(std::string_view text) {
  return parse(text, size_units, (1ULL << 63) - 1);
}

std::string duration_text(std::chrono::milliseconds value) {
  return write(static_cast<std::uint64_t>(value.count()), duration_units, "0s");
}

std::string size_text(std::uint64_t bytes) {
  return write(bytes, size_units, "0B");
}

}  // namespace lastframe::config
