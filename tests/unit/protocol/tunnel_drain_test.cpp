// Drains: the moment, the latest, what ends meanwhile, and the end of patience.
#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

TEST(tunnel_drain, closes_the_client_at_its_moment_and_upstream_after_the_answer) {
  tunnel_script t;
  t.drain(1012, 7s, 20s);
  t.pass(6'900ms);
  EXPECT_EQ(t.got_bytes(client), "");
  t.send(upstream, unmasked(1, "business as usual"));
  EXPECT_EQ(t.got(client).size(), 1U);
  t.pass(200ms);
  expect_close(t, client, 1012);
  t.send(client, masked_close(1012));
  expect_close(t, upstream, 1001);
  t.send(upstream, unmasked_close(1001));
  t.finish(upstream);
  t.finish(client);
  expect_record(t, initiator::proxy, cause::drain, 1012, 1001);
}

TEST(tunnel_drain, closes_at_once_if_its_moment_is_now) {
  tunnel_script t;
  t.drain(1001, 0s, 20s);
  expect_close(t, client, 1001);
}

TEST(tunnel_drain, waits_for_the_end_of_the_message_under_way_until_the_latest) {
  tunnel_script t;
  t.send(upstream, unmasked(1, "begun", false));
  t.drain(1012, 1s, 20s);
  t.pass(19'900ms);
  EXPECT_EQ(t.got_bytes(client).size(), 7U);
  t.pass(200ms);
  EXPECT_EQ(decode(t.got_bytes(client)).at(0).opcode, 8U);
}

TEST(tunnel_drain, goes_out_at_the_end_of_the_message) {
  tunnel_script t;
  t.send(upstream, unmasked(1, "begun, ", false));
  t.drain(1012, 1s, 20s);
  t.pass(5s);
  t.send(upstream, unmasked(0, "ended"));
  t.pass(0s);
  EXPECT_EQ(expect_close(t, client, 1012), messages{text_of("begun, ended")});
}

TEST(tunnel_drain, does_not_wait_for_the_end_of_what_the_client_sends) {
  tunnel_script t;
  t.send(client, masked(1, "begun, ", false));
  t.drain(1012, 1s, 20s);
  t.pass(1s);
  expect_close(t, client, 1012);
  t.send(client, masked(0, "ended") + masked_close(1012));
  EXPECT_EQ(expect_close(t, upstream, 1001), messages{text_of("begun, ended")});
}

TEST(tunnel_drain, delivers_what_a_client_sent_before_it_reset_its_connection) {
  tunnel_script t;
  t.break_writes(client, true);
  t.drain(1012, 0s, 20s);
  EXPECT_EQ(t.got_bytes(upstream), "");
  t.send(client, masked(1, "last words"));
  t.reset(client);
  EXPECT_EQ(expect_close(t, upstream, 1001), messages{text_of("last words")});
  t.send(upstream, unmasked_close(1001));
  t.finish(upstream);
  expect_record(t, initiator::proxy, cause::drain, 1006, 1001);
}

TEST(tunnel_drain, waits_no_longer_than_close_timeout_for_a_client_that_cannot_be_written_to) {
  tunnel_script t;
  t.break_writes(client);
  t.drain(1012, 0s, 20s);
  t.pass(4'900ms);
  EXPECT_EQ(t.got_bytes(upstream), "");
  t.pass(200ms);
  expect_close(t, upstream, 1001);
}

TEST(tunnel_drain, counts_an_upstream_that_ends_meanwhile_as_drained_at_the_clients_moment) {
  for (const bool by_reset : {false, true}) {
    tunnel_script t;
    t.drain(1012, 7s, 20s);
    t.pass(2s);
    by_reset ? t.reset(upstream) : t.finish(upstream);
    t.pass(4'900ms);
    EXPECT_EQ(t.got_bytes(client), "");
    t.pass(200ms);
    expect_close(t, client, 1012);
    t.send(client, masked_close(1012));
    t.finish(client);
    t.pass(1s);
    expect_record(t, initiator::proxy, cause::drain, 1012, 1006);
  }
}

TEST(tunnel_drain, passes_on_an_upstreams_own_close_meanwhile) {
  tunnel_script t;
  t.drain(1012, 7s, 20s);
  t.send(upstream, unmasked_close(1001));
  expect_close(t, client, 1001);
  t.send(client, masked_close(1001));
  t.finish(upstream);
  t.finish(client);
  expect_record(t, initiator::upstream, cause::close_frame, 1001, 1001);
}

TEST(tunnel_drain, leaves_a_client_lost_meanwhile_to_its_own_row) {
  tunnel_script t;
  t.drain(1012, 7s, 20s);
  t.finish(client);
  t.finish(upstream);
  expect_record(t, initiator::client, cause::eof, 1006, 1006);
}

TEST(tunnel_drain, leaves_a_tunnel_that_is_closing_already_alone) {
  tunnel_script t;
  t.send(client, masked_close(1000));
  t.drain(1012, 0s, 20s);
  t.send(upstream, unmasked_close(1000));
  t.finish(upstream);
  t.finish(client);
  EXPECT_EQ(t.got(client), messages{close_of(1000)});
  expect_record(t, initiator::client, cause::close_frame, 1000, 1000);
}

TEST(tunnel_drain, takes_precedence_over_a_lifetime_that_waits_for_a_message) {
  tunnel_options options;
  options.settings.max_lifetime = 10s;
  tunnel_script t(options);
  t.send(upstream, unmasked(1, "begun, ", false));
  t.pass(10s);
  t.drain(1001, 0s, 1s);
  t.send(upstream, unmasked(0, "ended"));
  t.pass(1s);
  expect_close(t, client, 1001);
}

TEST(tunnel_drain, delivers_what_was_received_before_the_close_to_a_slow_client) {
  tunnel_script t;
  t.stall(client, 4);
  t.send(upstream, unmasked(1, "one") + unmasked(1, "two") + unmasked(1, "three").substr(0, 4));
  t.drain(1012, 0s, 20s);
  t.pass(10s);
  t.resume(client);
  EXPECT_EQ(expect_close(t, client, 1012), (messages{text_of("one"), text_of("two")}));
}

TEST(tunnel_drain, cuts_both_legs_when_aborted) {
  tunnel_script t;
  t.stall(client, 1);
  t.send(upstream, unmasked(1, "stuck"));
  t.drain(1012, 0s, 1s);
  t.pass(5s);
  t.abort();
  EXPECT_TRUE(t.was_reset(client));
  EXPECT_TRUE(t.was_reset(upstream));
  expect_record(t, initiator::proxy, cause::drain, 1006, 1006);
}

TEST(tunnel_drain, keeps_the_cause_of_a_tunnel_that_was_closing_when_aborted) {
  tunnel_script t;
  t.send(client, masked_close(1000));
  t.abort();
  expect_record(t, initiator::client, cause::close_frame, 1000, 1000);
}

}  // namespace
}  // namespace lastframe::support
