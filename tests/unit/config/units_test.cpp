#include "proxy/config/units.hpp"

#include <gtest/gtest.h>

namespace lastframe::config {
namespace {

using namespace std::chrono_literals;

unit_errc duration_error(std::string_view text) {
  const auto result = parse_duration(text);
  EXPECT_TRUE(result.has_error()) << text;
  return result.has_error() ? result.error() : unit_errc{};
}

unit_errc size_error(std::string_view text) {
  const auto result = parse_size(text);
  EXPECT_TRUE(result.has_error()) << text;
  return result.has_error() ? result.error() : unit_errc{};
}

TEST(config_units, reads_each_unit_of_a_duration) {
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("20s"), 20s);
  EXPECT_EQ(*parse_duration("2m"), 2min);
  EXPECT_EQ(*parse_duration("12h"), 12h);
  EXPECT_EQ(*parse_duration("0s"), 0s);
}

TEST(config_units, reads_each_unit_of_a_size) {
  EXPECT_EQ(*parse_size("5B"), 5U);
  EXPECT_EQ(*parse_size("32KiB"), 32'768U);
  EXPECT_EQ(*parse_size("256MiB"), 268'435'456U);
  EXPECT_EQ(*parse_size("3GiB"), 3'221'225'472U);
}

TEST(config_units, allows_a_space_before_the_unit) {
  EXPECT_EQ(*parse_duration("20 s"), 20s);
}

TEST(config_units, refuses_a_bare_number) {
  EXPECT_EQ(duration_error("20"), unit_errc::no_unit);
  EXPECT_EQ(duration_error("0"), unit_errc::no_unit);
  EXPECT_EQ(size_error("1024"), unit_errc::no_unit);
}

TEST(config_units, refuses_units_it_does_not_know) {
  EXPECT_EQ(duration_error("1d"), unit_errc::unknown_unit);
  EXPECT_EQ(duration_error("1S"), unit_errc::unknown_unit);
  EXPECT_EQ(duration_error("1m30s"), unit_errc::unknown_unit);
  EXPECT_EQ(duration_error("1KiB"), unit_errc::unknown_unit);
  EXPECT_EQ(size_error("1MB"), unit_errc::unknown_unit);
  EXPECT_EQ(size_error("1kib"), unit_errc::unknown_unit);
}

TEST(config_units, refuses_fractions_signs_and_words) {
  EXPECT_EQ(duration_error("1.5s"), unit_errc::fraction);
  EXPECT_EQ(size_error("1,5MiB"), unit_errc::fraction);
  EXPECT_EQ(duration_error("-1s"), unit_errc::no_number);
  EXPECT_EQ(duration_error("+1s"), unit_errc::no_number);
  EXPECT_EQ(duration_error("soon"), unit_errc::no_number);
  EXPECT_EQ(duration_error(""), unit_errc::no_number);
}

TEST(config_units, refuses_what_does_not_fit) {
  EXPECT_EQ(*parse_duration("1000000h"), 1'000'000h);
  EXPECT_EQ(duration_error("1000001h"), unit_errc::too_large);
  EXPECT_EQ(duration_error("99999999999999999999s"), unit_errc::too_large);
  EXPECT_EQ(size_error("8589934592GiB"), unit_errc::too_large);
  EXPECT_EQ(*parse_size("8589934591GiB"), 8'589'934'591ULL << 30);
}

TEST(config_units, writes_the_largest_exact_unit) {
  EXPECT_EQ(duration_text(0ms), "0s");
  EXPECT_EQ(duration_text(1ms), "1ms");
  EXPECT_EQ(duration_text(1'500ms), "1500ms");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(120s), "2m");
  EXPECT_EQ(duration_text(8'760h), "8760h");
  EXPECT_EQ(size_text(0), "0B");
  EXPECT_EQ(size_text(1'025), "1025B");
  EXPECT_EQ(size_text(65'536), "64KiB");
}

}  // namespace
}  // namespace lastframe::config
