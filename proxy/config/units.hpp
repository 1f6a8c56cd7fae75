// Durations and sizes as they are written: a whole number and its unit.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace lastframe::config {

/// How many of the smallest unit one of this name is: of milliseconds or bytes.
struct unit {
  std::string_view name;
  std::uint64_t factor;
};

inline constexpr std::array<unit, 4> duration_units{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
inline constexpr std::array<unit, 4> size_units{
    {{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}};

enum class unit_errc {
  no_number = 1,  ///< it does not begin with a digit
  no_unit,        ///< a bare number
  unknown_unit,
  fraction,  ///< a decimal point or comma
  too_large,
};

/// A few words for a message.
[[nodiscard]] std::string_view to_string(unit_errc value);

/// `20s`: ms, s, m or h. At most 1,000,000 hours.
[[nodiscard]] boost::system::result<std::chrono::milliseconds, unit_errc> parse_duration(
    std::string_view text);

/// `16KiB`: B, KiB, MiB or GiB; in bytes, below 2^63.
[[nodiscard]] boost::system::result<std::uint64_t, unit_errc> parse_size(std::string_view text);

/// As it would be written, in the largest unit that is exact: 120,000 ms is `2m`, 262,144 bytes are `256KiB`.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds value);
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace lastframe::config
