#include "telemetry/close_counts.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

std::map<close_key, std::uint64_t> contents(const close_counts& counts) {
  std::map<close_key, std::uint64_t> found;
  counts.for_each(
      [&](const close_key& key, std::uint64_t count) { EXPECT_TRUE(found.emplace(key, count).second); });
  return found;
}

TEST(close_counts, keep_keys_apart_that_differ_in_one_label_only) {
  const close_key key{1, leg::client, 1014, initiator::upstream, cause::eof};
  std::vector<close_key> keys(6, key);
  keys[1].route = 2;
  keys[2].side = leg::upstream;
  keys[3].code = 1015;
  keys[4].by = initiator::proxy;
  keys[5].why = cause::reset;
  close_counts counts;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t n = 0; n <= i; ++n) counts.add(keys[i]);
  }
  std::map<close_key, std::uint64_t> expected;
  for (std::size_t i = 0; i < keys.size(); ++i) expected[keys[i]] = i + 1;
  EXPECT_EQ(contents(counts), expected);
}

TEST(close_counts, never_shrink_under_a_reader_while_the_writer_adds) {
  close_counts counts;
  std::atomic<bool> done{false};
  std::thread writer{[&] {
    for (std::size_t i = 0; i < 20'000; ++i) {
      counts.add(
          {i % 50, leg::client, static_cast<close_code>(1000 + i % 16), initiator::client, cause::eof});
    }
    done = true;
  }};
  std::uint64_t before = 0;
  while (!done) {
    std::uint64_t now = 0;
    counts.for_each([&](const close_key&, std::uint64_t count) { now += count; });
    EXPECT_GE(now, before);
    before = now;
  }
  writer.join();
  std::uint64_t total = 0;
  counts.for_each([&](const close_key&, std::uint64_t count) { total += count; });
  EXPECT_EQ(total, 20'000U);
}

bool has(const std::vector<close_key>& keys, const close_key& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

TEST(known_closes, use_each_route_s_own_failure_code) {
  const auto keys = known_closes(two_routes());
  EXPECT_TRUE(has(keys, {0, leg::client, 1014, initiator::upstream, cause::reset}));
  EXPECT_FALSE(has(keys, {0, leg::client, 1011, initiator::upstream, cause::reset}));
  EXPECT_TRUE(has(keys, {1, leg::client, 1011, initiator::upstream, cause::connect_failed}));
  EXPECT_FALSE(has(keys, {1, leg::client, 1014, initiator::upstream, cause::connect_failed}));
}

TEST(known_closes, show_upstream_1006_where_lost_clients_are_dropped_and_the_configured_code_elsewhere) {
  const auto keys = known_closes(two_routes());
  EXPECT_TRUE(has(keys, {0, leg::upstream, 1006, initiator::client, cause::eof}));
  EXPECT_TRUE(has(keys, {1, leg::upstream, 1001, initiator::client, cause::eof}));
  EXPECT_FALSE(has(keys, {1, leg::upstream, 1006, initiator::client, cause::eof}));
}

TEST(known_closes, hold_close_frames_of_four_codes_and_the_named_ones_from_both_sides_on_both_legs) {
  std::set<close_code> codes;
  for (const close_key& key : known_closes(two_routes())) {
    if (key.why == cause::close_frame) codes.insert(key.code);
  }
  EXPECT_EQ(codes, (std::set<close_code>{1000, 1001, 1005, 1011, 4001}));
  const auto keys = known_closes(two_routes());
  for (const leg side : {leg::client, leg::upstream}) {
    for (const initiator by : {initiator::client, initiator::upstream}) {
      EXPECT_TRUE(has(keys, {1, side, 4001, by, cause::close_frame}));
    }
  }
}

TEST(known_closes, use_the_configured_drain_code) {
  catalogue names = two_routes();
  names.drain_code = 1001;
  const auto keys = known_closes(names);
  EXPECT_TRUE(has(keys, {0, leg::client, 1001, initiator::proxy, cause::drain}));
  EXPECT_FALSE(has(keys, {0, leg::client, 1012, initiator::proxy, cause::drain}));
}

TEST(known_closes, of_no_route_are_overload_alone) {
  std::vector<close_key> of_none;
  for (const close_key& key : known_closes(two_routes())) {
    if (key.route == no_route) of_none.push_back(key);
  }
  EXPECT_EQ(of_none,
            (std::vector<close_key>{{no_route, leg::client, 1013, initiator::proxy, cause::overload}}));
}

TEST(known_closes, hold_1015_where_there_is_tls) {
  catalogue names = two_routes();
  const close_key client{no_route, leg::client, 1015, initiator::client, cause::tls};
  const close_key upstream{1, leg::upstream, 1015, initiator::upstream, cause::tls};
  const close_key told{1, leg::client, 1011, initiator::upstream, cause::tls};
  const auto known = [&](const close_key& key) { return std::ranges::count(known_closes(names), key) == 1; };
  for (const close_key& each : {client, upstream, told}) EXPECT_FALSE(known(each));
  names.client_tls = true;
  names.tls_routes = {1};
  for (const close_key& each : {client, upstream, told}) EXPECT_TRUE(known(each));
}

TEST(known_closes, are_sorted_unique_and_far_from_a_cross_product) {
  const auto keys = known_closes(two_routes());
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
  EXPECT_LT(keys.size(), 150U);
}

}  // namespace
}  // namespace lastframe::telemetry
