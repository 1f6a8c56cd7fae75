#include "telemetry/recent_closes.hpp"

#include <gtest/gtest.h>

#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using std::chrono::seconds;

/// The end of one leg.
close_key ended(leg side, close_code code, std::size_t route = 0, cause why = cause::close_frame) {
  return {route, side, code, initiator::upstream, why};
}

tunnel_summary numbered(std::uint64_t id) {
  tunnel_summary tunnel = closed_by_upstream(1000);
  tunnel.id = id;
  return tunnel;
}

TEST(recent_closes, show_the_newest_first) {
  recent_closes closes;
  for (std::uint64_t id = 1; id <= 3; ++id) closes.keep(numbered(id));
  const auto last = closes.last(2);
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].id, 3U);
  EXPECT_EQ(last[1].id, 2U);
}

TEST(recent_closes, show_those_that_are_wanted_however_far_back_they_lie) {
  recent_closes closes;
  for (std::uint64_t id = 0; id < 500; ++id) {
    tunnel_summary tunnel = closed_by_upstream(1000);
    tunnel.id = id;
    closes.keep(tunnel);
  }
  const auto few = closes.last(3, [](const tunnel_summary& tunnel) { return tunnel.id < 2; });
  ASSERT_EQ(few.size(), 2U);
  EXPECT_EQ(few[0].id, 1U);
  EXPECT_EQ(few[1].id, 0U);
}

TEST(recent_closes, keep_exactly_the_last_thousand) {
  recent_closes closes;
  for (std::uint64_t id = 1; id <= 2'345; ++id) closes.keep(numbered(id));
  const auto last = closes.last(5'000);
  ASSERT_EQ(last.size(), 1'000U);
  for (std::size_t i = 0; i < last.size(); ++i) ASSERT_EQ(last[i].id, 2'345 - i);
}

TEST(recent_closes, are_empty_at_first) {
  const recent_closes closes;
  EXPECT_TRUE(closes.last(10).empty());
  EXPECT_TRUE(closes.windows(noon()).empty());
}

TEST(recent_closes, keep_no_more_of_a_peer_s_text_than_is_shown) {
  recent_closes closes;
  tunnel_summary tunnel = numbered(1);
  tunnel.path = "/" + std::string(30'000, 'a');
  tunnel.host = std::string(30'000, 'h');
  tunnel.subprotocol = std::string(30'000, 's');
  closes.keep(tunnel);
  const tunnel_summary kept = closes.last(1).at(0);
  EXPECT_LE(kept.path.capacity() + kept.host.capacity() + kept.subprotocol.capacity(), 2'048U);
}

TEST(recent_closes, count_per_code_and_leg_in_windows_of_ten_seconds) {
  recent_closes closes;
  closes.count(noon(), ended(leg::client, 1000));
  closes.count(noon() + std::chrono::milliseconds{9'999}, ended(leg::client, 1000));
  closes.count(noon() + seconds{9}, ended(leg::upstream, 1006));
  closes.count(noon() + seconds{10}, ended(leg::client, 1000));
  const auto start = std::chrono::floor<seconds>(noon());
  EXPECT_EQ(closes.windows(noon() + seconds{10}),
            (std::vector<close_window>{{start, {{leg::client, 1000, 2}, {leg::upstream, 1006, 1}}},
                                       {start + seconds{10}, {{leg::client, 1000, 1}}}}));
}

TEST(recent_closes, count_only_what_is_wanted) {
  recent_closes closes;
  closes.count(noon(), ended(leg::client, 1014, 0, cause::eof));
  closes.count(noon(), ended(leg::client, 1014, 1, cause::eof));
  closes.count(noon(), ended(leg::client, 1014, 1, cause::reset));
  closes.count(noon() + seconds{10}, ended(leg::client, 1014, 0, cause::eof));
  const auto start = std::chrono::floor<seconds>(noon());
  EXPECT_EQ(closes.windows(noon() + seconds{10}, [](const close_key& key) { return key.route == 1; }),
            (std::vector<close_window>{{start, {{leg::client, 1014, 2}}}}));
  EXPECT_TRUE(closes.windows(noon(), [](const close_key&) { return false; }).empty());
}

TEST(recent_closes, count_by_code_alone_what_is_beyond_the_series_of_a_window) {
  recent_closes closes;
  for (std::size_t route = 0; route < recent_closes::kept_series + 100; ++route) {
    closes.count(noon(), ended(leg::client, 1000, route));
    closes.count(noon(), ended(leg::client, 1000, route));
  }
  const auto all = closes.windows(noon());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].counts,
            (std::vector<code_count>{{leg::client, 1000, 2 * (recent_closes::kept_series + 100)}}));
  const auto some = closes.windows(noon(), [](const close_key& key) { return key.route != 3; });
  ASSERT_EQ(some.size(), 1U);
  EXPECT_EQ(some[0].counts,
            (std::vector<code_count>{{leg::client, 1000, 2 * (recent_closes::kept_series - 1)}}));
}

TEST(recent_closes, forget_a_window_after_fifteen_minutes) {
  recent_closes closes;
  closes.count(noon(), ended(leg::client, 1000));
  EXPECT_EQ(closes.windows(noon() + seconds{899}).size(), 1U);
  EXPECT_TRUE(closes.windows(noon() + seconds{900}).empty());
}

TEST(recent_closes, start_a_window_anew_when_its_place_is_taken_again) {
  recent_closes closes;
  closes.count(noon(), ended(leg::client, 1000));
  closes.count(noon() + seconds{900}, ended(leg::client, 1014));
  const auto windows = closes.windows(noon() + seconds{900});
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_EQ(windows[0].counts, (std::vector<code_count>{{leg::client, 1014, 1}}));
}

TEST(recent_closes, go_on_when_the_clock_is_set_back) {
  recent_closes closes;
  closes.count(noon(), ended(leg::client, 1000));
  const auto earlier = noon() - std::chrono::hours{1};
  closes.count(earlier, ended(leg::client, 1014));
  const auto windows = closes.windows(earlier);
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_EQ(windows[0].counts, (std::vector<code_count>{{leg::client, 1014, 1}}));
}

}  // namespace
}  // namespace lastframe::telemetry
