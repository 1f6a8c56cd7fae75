#include "tests/bench/load/histogram.hpp"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace lastframe::bench {
namespace {

TEST(histogram, has_no_percentile_of_nothing) {
  EXPECT_EQ(histogram().percentile(0.99), 0U);
}

TEST(histogram, tells_small_values_exactly) {
  histogram seen;
  for (std::uint64_t value = 1; value <= 200; ++value) seen.record(value);
  EXPECT_EQ(seen.percentile(0.5), 100U);
  EXPECT_EQ(seen.percentile(0.99), 198U);
  EXPECT_EQ(seen.percentile(1), 200U);
}

TEST(histogram, is_never_below_a_value_and_at_most_a_128th_above_it) {
  for (std::uint64_t value = 1; value < (std::uint64_t{1} << 60); value = value * 9 / 8 + 1) {
    histogram seen;
    seen.record(value);
    seen.record(std::numeric_limits<std::uint64_t>::max());
    EXPECT_GE(seen.percentile(0.5), value);
    EXPECT_LE(seen.percentile(0.5) - value, value / 128);
  }
}

TEST(histogram, has_a_bucket_for_the_largest_value) {
  histogram seen;
  seen.record(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(seen.percentile(1), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(seen.most(), std::numeric_limits<std::uint64_t>::max());
}

TEST(histogram, keeps_a_rare_outlier_out_of_the_99th_percentile_and_in_the_most) {
  histogram seen;
  for (int i = 0; i < 999; ++i) seen.record(10);
  seen.record(1'000'000);
  EXPECT_EQ(seen.percentile(0.99), 10U);
  EXPECT_EQ(seen.percentile(1), 1'000'000U);
  EXPECT_EQ(seen.count(), 1000U);
}

}  // namespace
}  // namespace lastframe::bench
