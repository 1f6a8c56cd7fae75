#include "proxy/protocol/keepalive.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace lastframe::protocol {
namespace {

using namespace std::chrono_literals;
using verdict = keepalive::verdict;

constexpr std::uint64_t secret = 0xFFFF'FFFF'FFFF'FFF0;  // its numbers wrap around
const time_point start{1h};

std::array<std::byte, 8> bytes_of(std::uint64_t value) {
  std::array<std::byte, 8> out;
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::byte>(value >> (56 - 8 * i));
  return out;
}

const_bytes as_bytes(std::string_view s) {
  return std::as_bytes(std::span(s));
}

const std::optional<keepalive_settings> usual = keepalive_settings{20s, 10s};
const std::optional<keepalive_settings> hasty = keepalive_settings{5s, 10s};
const std::optional<keepalive_settings> off;

TEST(keepalive, is_due_after_an_interval_of_silence_and_lost_after_the_timeout) {
  keepalive k(usual, secret, start);
  EXPECT_EQ(k.deadline(), start + 20s);
  EXPECT_EQ(k.judge(start + 20s - 1ns), verdict::quiet);
  EXPECT_EQ(k.judge(start + 20s), verdict::ping);
  static_cast<void>(k.ping(start + 20s));
  EXPECT_EQ(k.deadline(), start + 30s);
  EXPECT_EQ(k.judge(start + 30s - 1ns), verdict::quiet);
  EXPECT_EQ(k.judge(start + 30s), verdict::lost);
}

TEST(keepalive, moves_its_deadline_with_every_byte_heard) {
  keepalive k(usual, secret, start);
  k.heard(start + 15s);
  EXPECT_EQ(k.judge(start + 20s), verdict::quiet);
  EXPECT_EQ(k.deadline(), start + 35s);
}

TEST(keepalive, takes_its_pong_for_the_answer_and_measures_the_round_trip) {
  keepalive k(usual, secret, start);
  const auto payload = bytes_of(k.ping(start + 20s));
  k.heard(start + 21s);
  EXPECT_EQ(k.pong(payload, start + 21s), 1s);
  EXPECT_FALSE(k.waiting());
  EXPECT_EQ(k.deadline(), start + 41s);
}

TEST(keepalive, counts_other_bytes_for_an_answer_when_the_time_is_up) {
  keepalive k(usual, secret, start);
  static_cast<void>(k.ping(start + 20s));
  k.heard(start + 22s);
  EXPECT_EQ(k.judge(start + 30s), verdict::quiet);
  EXPECT_EQ(k.judge(start + 42s), verdict::ping);
}

TEST(keepalive, does_not_count_other_bytes_for_an_answer_to_a_ping_that_went_out_later) {
  keepalive k(hasty, secret, start);
  k.relayed(as_bytes("a"), start);
  k.heard(start + 1s);
  k.relayed(as_bytes("b"), start + 3s);
  EXPECT_EQ(k.judge(start + 10s), verdict::quiet) << "the first is answered, the second may still be";
  k.heard(start + 11s);
  EXPECT_EQ(k.judge(start + 13s), verdict::quiet);
  EXPECT_FALSE(k.waiting());
  EXPECT_EQ(k.judge(start + 16s), verdict::ping);
}

TEST(keepalive, swallows_late_and_repeated_pongs_of_its_own_without_a_round_trip) {
  keepalive k(usual, secret, start);
  const auto first = bytes_of(k.ping(start + 20s));
  k.heard(start + 22s);
  EXPECT_EQ(k.judge(start + 42s), verdict::ping);
  const auto second = bytes_of(k.ping(start + 42s));
  EXPECT_EQ(k.pong(first, start + 43s), 0ns);
  EXPECT_TRUE(k.waiting());
  EXPECT_EQ(k.pong(second, start + 44s), 2s);
  EXPECT_EQ(k.pong(second, start + 45s), 0ns);
}

TEST(keepalive, leaves_all_other_pongs_to_be_relayed) {
  keepalive k(usual, secret, start);
  const auto mine = bytes_of(k.ping(start + 20s));
  EXPECT_EQ(k.pong(as_bytes(""), start + 21s), std::nullopt);
  EXPECT_EQ(k.pong(const_bytes(mine).first(7), start + 21s), std::nullopt);
  EXPECT_EQ(k.pong(bytes_of(secret), start + 21s), std::nullopt);
  EXPECT_EQ(k.pong(bytes_of(secret + 2), start + 21s), std::nullopt) << "not sent yet";
  EXPECT_EQ(k.pong(bytes_of(secret - 1), start + 21s), std::nullopt);
  EXPECT_TRUE(k.waiting());
}

TEST(keepalive, runs_the_same_clock_for_a_relayed_ping) {
  keepalive k(usual, secret, start);
  k.relayed(as_bytes("theirs"), start + 5s);
  EXPECT_TRUE(k.waiting());
  EXPECT_EQ(k.deadline(), start + 15s);
  EXPECT_EQ(k.judge(start + 15s), verdict::lost);
  k.heard(start + 6s);
  EXPECT_EQ(k.pong(as_bytes("theirs"), start + 6s), std::nullopt) << "relayed";
  EXPECT_FALSE(k.waiting());
  EXPECT_EQ(k.deadline(), start + 26s);
}

TEST(keepalive, lets_a_pong_to_the_newest_ping_answer_all_earlier_ones) {
  keepalive k(usual, secret, start);
  static_cast<void>(k.ping(start + 20s));
  k.relayed(as_bytes("a"), start + 21s);
  k.relayed(as_bytes("b"), start + 22s);
  EXPECT_EQ(k.deadline(), start + 30s) << "the first one's clock";
  k.heard(start + 23s);
  EXPECT_EQ(k.pong(as_bytes("a"), start + 23s), std::nullopt);
  EXPECT_TRUE(k.waiting()) << "the newest is still unanswered";
  EXPECT_EQ(k.pong(as_bytes("b"), start + 24s), std::nullopt);
  EXPECT_FALSE(k.waiting());
}

TEST(keepalive, is_not_fooled_by_an_unsolicited_pong) {
  keepalive k(usual, secret, start);
  k.relayed(as_bytes("theirs"), start + 5s);
  EXPECT_EQ(k.pong(as_bytes("other"), start + 6s), std::nullopt);
  EXPECT_TRUE(k.waiting());
}

TEST(keepalive, stands_still_while_it_does_not_run_and_starts_anew) {
  keepalive k(usual, secret, start);
  EXPECT_FALSE(k.run(true, start + 1s)) << "it ran already";
  EXPECT_FALSE(k.run(false, start + 10s));
  EXPECT_EQ(k.deadline(), time_point::max());
  EXPECT_EQ(k.judge(start + 1h), verdict::quiet);
  EXPECT_TRUE(k.run(true, start + 1h));
  EXPECT_EQ(k.deadline(), start + 1h + 20s);
}

TEST(keepalive, starts_an_unanswered_pings_clock_anew_too) {
  keepalive k(usual, secret, start);
  static_cast<void>(k.ping(start + 20s));
  k.run(false, start + 21s);
  k.run(true, start + 100s);
  EXPECT_TRUE(k.waiting());
  EXPECT_EQ(k.judge(start + 110s - 1ns), verdict::quiet);
  EXPECT_EQ(k.judge(start + 110s), verdict::lost);
}

TEST(keepalive, never_judges_when_it_is_off) {
  keepalive k(off, secret, start);
  k.relayed(as_bytes("theirs"), start);
  EXPECT_EQ(k.deadline(), time_point::max());
  EXPECT_EQ(k.judge(start + 1000h), verdict::quiet);
}

}  // namespace
}  // namespace lastframe::protocol
