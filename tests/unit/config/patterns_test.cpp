#include "proxy/config/patterns.hpp"

#include <limits>
#include <regex>

#include <gtest/gtest.h>

namespace lastframe::config {
namespace {

bool matches(const std::string& pattern, const std::string& text) {
  return std::regex_match(text, std::regex{pattern});
}

TEST(config_patterns, of_numbers_match_those_between_the_bounds_and_no_others) {
  for (const bounds each : {bounds{0, 0},
                            {0, 9},
                            {1, 9},
                            {1, 10},
                            {5, 5},
                            {7, 123},
                            {99, 101},
                            {100, 999},
                            {1, 1'024},
                            {0, 1'999},
                            {1'000, 1'003},
                            {250, 2'050},
                            {1'999, 2'001}}) {
    const std::regex pattern{patterns::number(each)};
    for (std::uint64_t number = 0; number < 2'100; ++number) {
      EXPECT_EQ(std::regex_match(std::to_string(number), pattern),
                number >= each.least && number <= each.most)
          << number << " of " << each.least << " to " << each.most << ": " << patterns::number(each);
    }
  }
}

TEST(config_patterns, of_numbers_know_the_largest) {
  const bounds all{1, std::numeric_limits<std::int64_t>::max()};
  EXPECT_TRUE(matches(patterns::number(all), "9223372036854775807"));
  EXPECT_TRUE(matches(patterns::number(all), "1000000000000000000"));
  EXPECT_TRUE(matches(patterns::number(all), "999999999999999999"));
  EXPECT_FALSE(matches(patterns::number(all), "9223372036854775808"));
  EXPECT_FALSE(matches(patterns::number(all), "10000000000000000000"));
  EXPECT_FALSE(matches(patterns::number(all), "0"));
}

TEST(config_patterns, of_numbers_pass_zeros_in_front) {
  EXPECT_TRUE(matches(patterns::number({1, 65'535}), "00080"));
  EXPECT_TRUE(matches(patterns::number({0, 5}), "000"));
  EXPECT_FALSE(matches(patterns::number({1, 5}), "000"));
}

TEST(config_patterns, of_durations_and_sizes_keep_the_bounds_in_each_unit) {
  const std::string hour = patterns::of({.name = {}, .value = kind::duration, .within = {1'500, 3'600'000}});
  for (const char* text : {"1500ms", "3600000ms", "2s", "3600 s", "1m", "60m", "1h"}) {
    EXPECT_TRUE(matches(hour, text)) << text;
  }
  for (const char* text : {"1499ms", "1s", "3601s", "61m", "0h", "2h", "5", "1.5s", "5S", "1 d"}) {
    EXPECT_FALSE(matches(hour, text)) << text;
  }
  const std::string megabyte = patterns::of({.name = {}, .value = kind::size, .within = {1'024, 1'048'576}});
  EXPECT_TRUE(matches(megabyte, "1024KiB"));
  EXPECT_FALSE(matches(megabyte, "1025KiB"));
  EXPECT_FALSE(matches(megabyte, "1GiB"));
}

TEST(config_patterns, of_variables_need_one) {
  for (const char* text : {"${A}", "a${A_1:-}b", "$$${A}", "${A}${B:-x y}"}) {
    EXPECT_TRUE(matches(patterns::with_variable(), text)) << text;
  }
  for (const char* text : {"a", "$$", "$${A}", "${1}", "${A", "$A", "${A:-$}", "${A}$"}) {
    EXPECT_FALSE(matches(patterns::with_variable(), text)) << text;
  }
}

}  // namespace
}  // namespace lastframe::config
