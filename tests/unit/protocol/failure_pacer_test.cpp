#include "proxy/protocol/failure_pacer.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastframe::protocol {
namespace {

using namespace std::chrono_literals;
const time_point start{1h};

TEST(failure_pacer, answers_a_few_failures_at_once_and_spreads_those_that_follow) {
  failure_pacer pacer;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pacer.failed(start + i * 100ms, 5s, 4'321), 0ms);
  EXPECT_EQ(pacer.failed(start + 400ms, 5s, 4'321), 4'321ms);
}

TEST(failure_pacer, never_waits_longer_than_it_may) {
  failure_pacer pacer;
  milliseconds longest = 0ms;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const milliseconds wait = pacer.failed(start + milliseconds(i), 5s, i * 0x9E3779B97F4A7C15);
    ASSERT_LE(wait, 5s);
    longest = std::max(longest, wait);
  }
  EXPECT_GT(longest, 4'900ms);
}

TEST(failure_pacer, answers_rare_failures_at_once_for_ever) {
  failure_pacer pacer;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pacer.failed(start + i * 400ms, 5s, 777), 0ms);
}

TEST(failure_pacer, goes_on_while_the_slowed_clients_come_back_and_stops_when_they_do_not) {
  failure_pacer pacer;
  for (int i = 0; i < 4; ++i) static_cast<void>(pacer.failed(start, 5s, 777));
  EXPECT_EQ(pacer.failed(start + 5s, 5s, 777), 777ms);
  EXPECT_EQ(pacer.failed(start + 10s, 5s, 777), 777ms);
  EXPECT_EQ(pacer.failed(start + 17s, 5s, 777), 0ms);
}

TEST(failure_pacer, forgets_when_an_upgrade_succeeds) {
  failure_pacer pacer;
  for (int i = 0; i < 4; ++i) static_cast<void>(pacer.failed(start, 5s, 777));
  pacer.succeeded();
  EXPECT_EQ(pacer.failed(start + 2s, 5s, 777), 0ms);
}

TEST(failure_pacer, never_waits_with_a_delay_of_zero) {
  failure_pacer pacer;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pacer.failed(start, 0ms, 777), 0ms);
}

}  // namespace
}  // namespace lastframe::protocol
