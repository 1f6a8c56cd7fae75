#include "telemetry/recorder.hpp"

#include <array>
#include <atomic>
#include <map>
#include <numeric>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using counts = std::map<close_key, std::uint64_t>;

counts contents(const recorder& one) {
  counts found;
  one.closes().for_each([&](const close_key& key, std::uint64_t count) { found[key] += count; });
  return found;
}

std::uint64_t observed(const lifetime_histogram& histogram) {
  return std::accumulate(histogram.buckets().begin(), histogram.buckets().end(), std::uint64_t{0},
                         [](std::uint64_t sum, const counter& bucket) { return sum + bucket.get(); });
}

class recorder_of_two_routes : public testing::Test {
 protected:
  catalogue names_ = two_routes();
  recorder recorder_{names_, std::make_shared<code_labels>(names_)};
};

TEST_F(recorder_of_two_routes, counts_one_per_leg_of_an_ended_tunnel) {
  recorder_.closed(closed_by_upstream(1000));
  EXPECT_EQ(contents(recorder_),
            (counts{{{0, leg::client, 1000, initiator::upstream, cause::close_frame}, 1},
                    {{0, leg::upstream, 1000, initiator::upstream, cause::close_frame}, 1}}));
}

TEST_F(recorder_of_two_routes, counts_nothing_for_a_leg_that_never_opened) {
  recorder_.closed(failed_upstream());
  EXPECT_EQ(contents(recorder_),
            (counts{{{0, leg::client, 1014, initiator::upstream, cause::connect_failed}, 1}}));
}

TEST_F(recorder_of_two_routes, counts_codes_beyond_the_slots_as_other_in_counts_and_windows) {
  for (const close_code code : std::to_array<close_code>({4500, 4501, 4502, 4503}))
    recorder_.closed(closed_by_upstream(code));
  const auto found = contents(recorder_);
  EXPECT_EQ(found.at({0, leg::client, 4500, initiator::upstream, cause::close_frame}), 1U);
  EXPECT_EQ(found.at({0, leg::client, other_codes, initiator::upstream, cause::close_frame}), 2U);
  const auto windows = recorder_.windows(noon());
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_EQ(windows[0].counts.size(), 6U);
}

TEST_F(recorder_of_two_routes, keeps_the_true_code_of_a_close_that_it_counts_as_other) {
  for (const close_code code : std::to_array<close_code>({4500, 4501, 4502}))
    recorder_.closed(closed_by_upstream(code));
  EXPECT_EQ(recorder_.recent(1).at(0).ending.client->code, 4502);
}

TEST_F(recorder_of_two_routes, counts_any_unknown_route_as_none) {
  recorder_.closed(closed_by_upstream(1000, {}, 2));
  recorder_.closed(closed_by_upstream(1000, {}, 99));
  EXPECT_EQ(contents(recorder_).at({no_route, leg::client, 1000, initiator::upstream, cause::close_frame}),
            2U);
  EXPECT_EQ(&recorder_.route(no_route), &recorder_.route(99));
  EXPECT_NE(&recorder_.route(1), &recorder_.route(2));
}

TEST_F(recorder_of_two_routes, observes_how_long_a_tunnel_was_open_but_no_tunnel_that_never_was) {
  recorder_.closed(closed_by_upstream(1000));
  EXPECT_EQ(observed(recorder_.route(0).tunnel_duration), 1U);
  EXPECT_DOUBLE_EQ(recorder_.route(0).tunnel_duration.sum_seconds(), 12.345);
  recorder_.closed(failed_upstream());
  tunnel_summary tls = failed_upstream();
  tls.ending.upstream = leg_ending{1015, {}, false};
  recorder_.closed(tls);
  EXPECT_EQ(observed(recorder_.route(0).tunnel_duration), 1U);
}

TEST_F(recorder_of_two_routes, counts_upstream_failures_by_endpoint_and_cause) {
  recorder_.upstream_failed(0, 1, cause::connect_failed);
  recorder_.upstream_failed(0, 1, cause::connect_failed);
  EXPECT_EQ(recorder_.upstream_failures(0, 1, cause::connect_failed), 2U);
  EXPECT_EQ(recorder_.upstream_failures(0, 0, cause::connect_failed), 0U);
  EXPECT_EQ(recorder_.upstream_failures(0, 1, cause::eof), 0U);
}

TEST_F(recorder_of_two_routes, ignores_failures_of_endpoints_that_it_does_not_know) {
  recorder_.upstream_failed(2, 0, cause::eof);
  recorder_.upstream_failed(0, 2, cause::eof);
  recorder_.upstream_failed(77, 77, cause::eof);
  EXPECT_EQ(recorder_.upstream_failures(77, 77, cause::eof), 0U);
}

catalogue grown_by_a_route_and_an_endpoint() {
  catalogue names = two_routes();
  names.routes.emplace_back("news");
  names.endpoints.push_back({"127.0.0.1:3002"});
  names.endpoints[1].emplace_back("127.0.0.1:3003");
  names.failure_codes.push_back(1014);
  names.client_lost_codes.push_back(0);
  return names;
}

TEST_F(recorder_of_two_routes, counts_what_a_later_catalogue_has_more_and_keeps_what_it_counted) {
  recorder_.upstream_failed(1, 0, cause::eof);
  route_tally& feed = recorder_.route(1);
  feed.tunnels.add();
  EXPECT_EQ(&recorder_.route(2), &recorder_.route(no_route));
  recorder_.grow(grown_by_a_route_and_an_endpoint());
  EXPECT_EQ(&recorder_.route(1), &feed);
  EXPECT_NE(&recorder_.route(2), &recorder_.route(no_route));
  recorder_.upstream_failed(1, 1, cause::eof);
  recorder_.upstream_failed(2, 0, cause::reset);
  EXPECT_EQ(recorder_.upstream_failures(1, 0, cause::eof), 1U);
  EXPECT_EQ(recorder_.upstream_failures(1, 1, cause::eof), 1U);
  EXPECT_EQ(recorder_.upstream_failures(2, 0, cause::reset), 1U);
  recorder_.closed(closed_by_upstream(1000, {}, 2));
  EXPECT_EQ(contents(recorder_).at({2, leg::client, 1000, initiator::upstream, cause::close_frame}), 1U);
}

TEST(recorder, grows_while_one_counts_and_another_reads) {
  constexpr std::size_t most = 200;
  catalogue names = two_routes();
  recorder one{names, std::make_shared<code_labels>(names)};
  std::atomic<std::size_t> known{2};
  std::thread counting{[&] {
    for (std::size_t route = 0; route < most; ++route) {
      while (route >= known) std::this_thread::yield();
      one.route(route).tunnels.add();
      one.upstream_failed(route, 0, cause::eof);
    }
  }};
  std::thread reading{[&] {
    const recorder& seen = one;
    std::uint64_t before = 0;
    while (before < most) {
      const std::size_t routes = known;
      std::uint64_t now = 0;
      for (std::size_t route = 0; route < routes; ++route) {
        now += seen.route(route).tunnels.get();
        EXPECT_LE(seen.upstream_failures(route, 0, cause::eof), 1U);
      }
      EXPECT_GE(now, before);
      before = now;
    }
  }};
  while (names.routes.size() < most) {
    names.routes.push_back("r" + std::to_string(names.routes.size()));
    names.endpoints.push_back({"127.0.0.1:1"});
    one.grow(names);
    known = names.routes.size();
  }
  counting.join();
  reading.join();
}

TEST(recorder, shares_slots_for_codes_with_the_other_workers) {
  const catalogue names = two_routes();
  const auto labels = std::make_shared<code_labels>(names);
  recorder first{names, labels};
  recorder second{names, labels};
  first.closed(closed_by_upstream(4500));
  second.closed(closed_by_upstream(4501));
  first.closed(closed_by_upstream(4502));
  EXPECT_EQ(contents(first).count({0, leg::client, 4502, initiator::upstream, cause::close_frame}), 0U);
  EXPECT_EQ(contents(first).at({0, leg::client, other_codes, initiator::upstream, cause::close_frame}), 1U);
}

}  // namespace
}  // namespace lastframe::telemetry
