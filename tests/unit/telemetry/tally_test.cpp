#include "telemetry/tally.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastframe::telemetry {
namespace {

using std::chrono::milliseconds;

TEST(histogram, puts_a_value_that_equals_a_bound_into_the_bucket_below_it) {
  lifetime_histogram lifetimes{lifetime_bounds};
  lifetimes.observe(milliseconds{1'000});
  lifetimes.observe(milliseconds{1'001});
  EXPECT_EQ(lifetimes.buckets()[0].get(), 1U);
  EXPECT_EQ(lifetimes.buckets()[1].get(), 1U);
}

TEST(histogram, has_a_bucket_above_every_bound) {
  lifetime_histogram lifetimes{lifetime_bounds};
  lifetimes.observe(std::chrono::hours{25});
  EXPECT_EQ(lifetimes.buckets().back().get(), 1U);
  EXPECT_DOUBLE_EQ(lifetimes.sum_seconds(), 90'000);
}

TEST(histogram, has_bounds_that_ascend) {
  EXPECT_TRUE(std::is_sorted(latency_bounds.begin(), latency_bounds.end()));
  EXPECT_TRUE(std::is_sorted(lifetime_bounds.begin(), lifetime_bounds.end()));
}

TEST(counter, adds_and_subtracts) {
  counter open;
  open.add();
  open.add(4);
  open.subtract(2);
  EXPECT_EQ(open.get(), 3U);
}

}  // namespace
}  // namespace lastframe::telemetry
