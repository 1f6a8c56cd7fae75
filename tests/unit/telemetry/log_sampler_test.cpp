#include "telemetry/log_sampler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastframe::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using suppressed = log_sampler::suppressed;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto warning = log_level::warning;
const log_sampler::time_point start{};

/// How many of `lines` lines at one time pass.
int pass(log_sampler& sampler, int lines, const char* message = "m", log_sampler::time_point now = start) {
  int passed = 0;
  for (int i = 0; i < lines; ++i) passed += sampler.admit(warning, message, now) ? 1 : 0;
  return passed;
}

TEST(log_sampler, lets_the_first_ten_lines_of_a_message_pass) {
  log_sampler sampler{{}};
  EXPECT_EQ(pass(sampler, 5'000), 10);
}

TEST(log_sampler, tells_messages_and_levels_apart) {
  log_sampler sampler{{}};
  EXPECT_EQ(pass(sampler, 20, "a"), 10);
  EXPECT_EQ(pass(sampler, 20, "b"), 10);
  EXPECT_TRUE(sampler.admit(log_level::error, "a", start));
}

TEST(log_sampler, tells_once_at_the_period_s_end_how_many_did_not_pass) {
  log_sampler sampler{{}};
  pass(sampler, 17);
  pass(sampler, 10, "no flood");
  EXPECT_THAT(sampler.take_ended(start + milliseconds{9'999}), IsEmpty());
  EXPECT_EQ(sampler.next_end(), start + seconds{10});
  EXPECT_THAT(sampler.take_ended(start + seconds{10}), ElementsAre(suppressed{warning, "m", 7}));
  EXPECT_THAT(sampler.take_ended(start + seconds{10}), IsEmpty());
  EXPECT_EQ(sampler.next_end(), std::nullopt);
}

TEST(log_sampler, begins_anew_with_the_first_line_behind_a_period) {
  log_sampler sampler{{}};
  pass(sampler, 17);
  (void)sampler.take_ended(start + seconds{10});
  EXPECT_EQ(pass(sampler, 17, "m", start + seconds{13}), 10);
  EXPECT_EQ(sampler.next_end(), start + seconds{23});
}

TEST(log_sampler, holds_no_more_than_so_many_messages_and_lets_others_pass) {
  log_sampler sampler{{}};
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(sampler.admit(warning, std::to_string(i), start));
  EXPECT_EQ(pass(sampler, 20, "0"), 9);
  EXPECT_EQ(pass(sampler, 20, "999"), 20);
}

}  // namespace
}  // namespace lastframe::telemetry
