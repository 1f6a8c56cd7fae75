// A peer is gone without a Close, or breaks the protocol: rows 3, 4, 7 and 8, R7 to R9, and failure_delay.
#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

TEST(tunnel_lost, gives_the_client_failure_code_when_upstream_ends_without_a_close) {
  for (const bool by_reset : {false, true}) {
    tunnel_script t;
    t.send(upstream, unmasked(1, "last words"));
    by_reset ? t.reset(upstream) : t.finish(upstream);
    EXPECT_EQ(expect_close(t, client, 1014), messages{text_of("last words")});
    t.send(client, masked_close(1014));
    t.finish(client);
    t.pass_until_finished(3s);
    EXPECT_EQ(t.got_bytes(upstream), "");
    expect_record(t, initiator::upstream, by_reset ? cause::reset : cause::eof, 1014, 1006);
  }
}

TEST(tunnel_lost, uses_the_routes_failure_code) {
  tunnel_options options;
  options.settings.failure_code = 1011;
  tunnel_script t(options);
  t.finish(upstream);
  expect_close(t, client, 1011);
}

TEST(tunnel_lost, discards_the_rest_of_a_frame_and_ends_a_message_between_fragments) {
  tunnel_script t;
  const std::string frame = unmasked(2, std::string(100'000, 'x'));
  t.send(upstream, unmasked(1, "whole") + frame.substr(0, 70'000));
  t.finish(upstream);
  const auto frames = decode(t.all_bytes(client));
  ASSERT_GE(frames.size(), 3U);
  EXPECT_EQ(frames[0].payload, "whole");
  EXPECT_EQ(frames[1].opcode, 2U);
  EXPECT_FALSE(frames[1].fin);
  EXPECT_EQ(frames.back().opcode, 8U);
  EXPECT_EQ(frames.back().payload.substr(0, 2), close_payload(1014));
  t.send(client, masked_close(1014));
  t.finish(client);
  expect_record(t, initiator::upstream, cause::eof, 1014, 1006);
}

TEST(tunnel_lost, never_sends_an_incomplete_frame_or_piece_as_a_shorter_one) {
  for (const std::size_t part : {1U, 5U, 9U, 500U, 5'000U}) {
    tunnel_script t;
    t.send(upstream, unmasked(2, std::string(40'000, 'x')).substr(0, part));
    t.finish(upstream);
    EXPECT_EQ(expect_close(t, client, 1014), messages{}) << part;
  }
}

TEST(tunnel_lost, delivers_everything_held_for_a_slow_client_before_the_close) {
  tunnel_script t;
  t.stall(client, 3);
  t.send(upstream, unmasked(1, "one") + unmasked(1, "two"));
  t.reset(upstream);
  EXPECT_FALSE(t.is_closed(client));
  t.resume(client);
  EXPECT_EQ(expect_close(t, client, 1014), (messages{text_of("one"), text_of("two")}));
}

TEST(tunnel_lost, drops_upstream_with_a_fin_behind_all_that_a_lost_client_sent) {
  for (const bool by_reset : {false, true}) {
    tunnel_script t;
    t.stall(upstream, 4);
    t.send(client, masked(1, "one") + masked(1, "two") + masked(1, "three").substr(0, 4));
    by_reset ? t.reset(client) : t.finish(client);
    EXPECT_FALSE(t.saw_fin(upstream));
    t.resume(upstream);
    EXPECT_EQ(t.got(upstream), (messages{text_of("one"), text_of("two")}));
    EXPECT_TRUE(t.saw_fin(upstream));
    t.finish(upstream);
    t.pass_until_finished(3s);
    expect_record(t, initiator::client, by_reset ? cause::reset : cause::eof, 1006, 1006);
    EXPECT_EQ(t.got_bytes(client), "");
  }
}

TEST(tunnel_lost, gives_upstream_the_code_of_on_client_lost) {
  tunnel_options options;
  options.settings.on_client_lost = 4900;
  tunnel_script t(options);
  t.send(client, masked(1, "one"));
  t.finish(client);
  EXPECT_EQ(expect_close(t, upstream, 4900), messages{text_of("one")});
  t.send(upstream, unmasked_close(4900));
  t.finish(upstream);
  t.pass_until_finished(3s);
  expect_record(t, initiator::client, cause::eof, 1006, 4900);
}

TEST(tunnel_lost, closes_both_at_once_when_upstream_breaks_the_protocol) {
  tunnel_script t;
  t.send(upstream, unmasked(1, "good") + masked(1, "bad") + unmasked(1, "never"));
  EXPECT_EQ(expect_close(t, client, 1014), messages{text_of("good")});
  EXPECT_EQ(expect_close(t, upstream, 1002), messages{});
  t.send(client, masked_close(1014));
  t.finish(client);
  t.finish(upstream);
  t.pass_until_finished(3s);
  expect_record(t, initiator::upstream, cause::protocol_error, 1014, 1002);
}

TEST(tunnel_lost, closes_with_1002_when_the_client_breaks_the_protocol) {
  tunnel_script t;
  t.send(client, masked(1, "good") + unmasked(1, "bad"));
  EXPECT_EQ(expect_close(t, client, 1002), messages{});
  EXPECT_EQ(t.got(upstream), messages{text_of("good")});
  EXPECT_TRUE(t.saw_fin(upstream));
  t.finish(client);
  t.finish(upstream);
  t.pass_until_finished(3s);
  expect_record(t, initiator::client, cause::protocol_error, 1002, 1006);
}

TEST(tunnel_lost, counts_every_violation_as_a_protocol_error) {
  const std::string frames[] = {
      unmasked(3, "reserved opcode"),
      unmasked(11, "reserved control"),
      encode({.rsv = 4, .opcode = 1, .payload = "rsv1 without deflate"}),
      encode({.rsv = 1, .opcode = 1, .payload = "rsv3"}),
      unmasked(9, "ping in fragments", false),
      unmasked(9, std::string(126, 'x')),
      unmasked(0, "continuation of nothing"),
      unmasked(1, "begun", false) + unmasked(1, "anew"),
      std::string("\x82\x7E\x00\x05hello", 9),
      unmasked(8, "x"),
      unmasked_close(1000, "\xC0\xAF"),
      unmasked_close(999),
      unmasked_close(1006),
      unmasked_close(1015),
      unmasked_close(2000),
      unmasked_close(5000),
  };
  for (const std::string& frame : frames) {
    for (const std::size_t read_size : {1U, 65536U}) {
      tunnel_script t;
      t.read_size(read_size);
      t.send(upstream, frame);
      expect_close(t, client, 1014);
      expect_close(t, upstream, 1002);
      t.send(client, masked_close(1014));
      t.finish(client);
      t.finish(upstream);
      t.pass_until_finished(3s);
      expect_record(t, initiator::upstream, cause::protocol_error, 1014, 1002);
    }
  }
}

TEST(tunnel_lost, treats_noise_after_a_peers_close_as_its_end_and_echoes) {
  tunnel_script t;
  t.send(client, masked_close(4001));
  t.send(upstream, masked(1, "noise"));
  EXPECT_EQ(t.got(client), messages{close_of(4001)});
  t.finish(client);
  t.finish(upstream);
  expect_record(t, initiator::client, cause::close_frame, 4001, 4001);
}

TEST(tunnel_lost, answers_few_failures_at_once_and_many_after_a_random_wait) {
  tunnel_script t;
  for (int i = 0; i < 3; ++i) static_cast<void>(t.pacer().failed(t.now(), 5s, 0));
  t.finish(upstream);
  EXPECT_TRUE(t.got_bytes(client).empty());
  t.pass(5s);
  expect_close(t, client, 1014);
}

TEST(tunnel_lost, lets_a_client_go_that_closes_while_its_close_waits) {
  tunnel_script t;
  for (int i = 0; i < 3; ++i) static_cast<void>(t.pacer().failed(t.now(), 5s, 0));
  t.finish(upstream);
  t.send(client, masked_close(1001));
  EXPECT_EQ(t.got(client), messages{close_of(1001)});
  t.finish(client);
  expect_record(t, initiator::upstream, cause::eof, 1001, 1006);
}

TEST(tunnel_lost, reads_on_after_a_failed_write_and_lets_the_close_found_there_decide) {
  tunnel_script t;
  t.break_writes(upstream, true);
  t.send(client, masked(1, "lost"));
  t.send(upstream, unmasked(1, "why") + unmasked_close(4003, "kicked"));
  t.reset(upstream);
  EXPECT_EQ(t.got(client), (messages{text_of("why"), close_of(4003, "kicked")}));
  t.send(client, masked_close(4003));
  t.finish(client);
  t.pass_until_finished(10s);
  expect_record(t, initiator::upstream, cause::close_frame, 4003, 4003);
}

TEST(tunnel_lost, reads_a_leg_whose_write_failed_at_the_pace_of_a_slow_other_side) {
  tunnel_script t;
  t.stall(client, 10);
  t.send(upstream, unmasked(1, "a first message that fills the client's socket"));
  t.break_writes(upstream, true);
  t.send(client, masked(1, "lost"));
  t.send(upstream, unmasked_close(4003));
  t.pass(30s);
  t.resume(client);
  expect_close(t, client, 4003);
}

TEST(tunnel_lost, takes_a_leg_for_reset_whose_write_failed_and_that_stays_silent) {
  tunnel_script t;
  t.break_writes(upstream);
  t.send(client, masked(1, "lost"));
  t.pass(4900ms);
  EXPECT_TRUE(t.got_bytes(client).empty());
  t.pass(200ms);
  expect_close(t, client, 1014);
  t.send(client, masked_close(1014));
  t.finish(client);
  t.pass_until_finished(3s);
  expect_record(t, initiator::upstream, cause::reset, 1014, 1006);
}

}  // namespace
}  // namespace lastframe::support
