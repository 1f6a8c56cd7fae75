// A peer closes: rows 1 and 2 of the table of endings, crossing Closes, R7, and what is counted then.
#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

TEST(tunnel_close, passes_a_clients_close_byte_for_byte_and_upstreams_answer_back) {
  tunnel_script t;
  t.send(client, masked_close(4001, "bye"));
  EXPECT_EQ(t.got_bytes(upstream), masked_close(4001, "bye"));
  t.send(upstream, unmasked_close(4001, "seen"));
  EXPECT_EQ(t.got_bytes(client), unmasked_close(4001, "seen"));
  EXPECT_TRUE(t.saw_fin(client));
  EXPECT_FALSE(t.saw_fin(upstream)) << "who accepted a connection ends it";
  t.finish(upstream);
  EXPECT_TRUE(t.saw_fin(upstream));
  t.finish(client);
  expect_record(t, initiator::client, cause::close_frame, 4001, 4001);
  EXPECT_EQ(t.record().client->reason, "seen");
  EXPECT_EQ(t.record().upstream->reason, "bye");
}

TEST(tunnel_close, passes_upstreams_close_byte_for_byte_and_the_clients_answer_back) {
  tunnel_script t;
  t.send(upstream, unmasked_close(1001, "restart"));
  EXPECT_EQ(t.got_bytes(client), unmasked_close(1001, "restart"));
  t.send(client, masked_close(1001));
  EXPECT_EQ(t.got_bytes(upstream), masked_close(1001));
  t.finish(client);
  t.finish(upstream);
  expect_record(t, initiator::upstream, cause::close_frame, 1001, 1001);
  EXPECT_TRUE(t.record().client->from_upstream);
  EXPECT_FALSE(t.record().upstream->from_upstream);
}

TEST(tunnel_close, counts_1005_for_a_close_without_a_code) {
  tunnel_script t;
  t.send(client, masked_close(1005));
  t.send(upstream, unmasked_close(1005));
  t.finish(client);
  t.finish(upstream);
  expect_record(t, initiator::client, cause::close_frame, 1005, 1005);
}

TEST(tunnel_close, does_not_let_a_client_choose_a_code_that_counts_as_upstreams) {
  tunnel_script t;
  t.send(client, masked_close(4567));
  t.send(upstream, unmasked_close(4567));  // the usual answer is an echo
  t.finish(client);
  t.finish(upstream);
  EXPECT_EQ(t.record().client, ending_of(4567, "", false));
  EXPECT_EQ(t.record().upstream, ending_of(4567, "", false));
}

TEST(tunnel_close, says_that_upstream_chose_a_code_other_than_the_clients) {
  tunnel_script t;
  t.send(client, masked_close(1000));
  t.send(upstream, unmasked_close(4567));
  t.finish(client);
  t.finish(upstream);
  EXPECT_EQ(t.record().client, ending_of(4567, "", true));
}

TEST(tunnel_close, delivers_crossing_closes_to_the_other_side_each_and_names_the_first) {
  tunnel_script t;
  t.stall(upstream);
  t.send(client, masked_close(4001));
  t.send(upstream, unmasked_close(4002));
  EXPECT_EQ(t.got(client), messages{close_of(4002)});
  t.resume(upstream);
  EXPECT_EQ(t.got(upstream), messages{close_of(4001)});
  t.finish(upstream);
  t.finish(client);
  expect_record(t, initiator::client, cause::close_frame, 4002, 4001);
}

TEST(tunnel_close, echoes_the_clients_code_if_upstream_drops) {
  for (const bool by_reset : {false, true}) {
    tunnel_script t;
    t.send(client, masked_close(4001, "bye"));
    EXPECT_TRUE(t.got_bytes(client).empty());
    by_reset ? t.reset(upstream) : t.finish(upstream);
    EXPECT_EQ(t.got(client), messages{close_of(4001, "bye")});
    t.finish(client);
    t.pass_until_finished(3s);
    expect_record(t, initiator::client, cause::close_frame, 4001, 4001);
  }
}

TEST(tunnel_close, echoes_upstreams_code_if_the_client_drops) {
  tunnel_script t;
  t.send(upstream, unmasked_close(4001, "bye"));
  t.finish(client);
  EXPECT_EQ(t.got(upstream), messages{close_of(4001, "bye")});
  t.finish(upstream);
  t.pass_until_finished(3s);
  expect_record(t, initiator::upstream, cause::close_frame, 4001, 4001);
}

TEST(tunnel_close, echoes_the_clients_code_after_close_timeout) {
  tunnel_script t;
  t.send(client, masked_close(1000));
  t.pass(4900ms);
  EXPECT_TRUE(t.got_bytes(client).empty());
  t.pass(200ms);
  EXPECT_EQ(t.got(client), messages{close_of(1000)});
  t.finish(client);
  t.pass_until_finished(15s);
  expect_record(t, initiator::client, cause::close_frame, 1000, 1000);
}

TEST(tunnel_close, echoes_upstreams_code_after_close_timeout) {
  tunnel_script t;
  t.send(upstream, unmasked_close(1000));
  t.pass(4900ms);
  EXPECT_TRUE(t.got_bytes(upstream).empty());
  t.pass(200ms);
  EXPECT_EQ(t.got(upstream), messages{close_of(1000)});
  t.finish(upstream);
  t.pass_until_finished(15s);
  expect_record(t, initiator::upstream, cause::close_frame, 1000, 1000);
}

TEST(tunnel_close, starts_close_timeout_only_when_the_close_was_acknowledged) {
  tunnel_script t;
  t.mute(upstream);
  t.send(client, masked_close(1000));
  t.pass(30s);
  EXPECT_TRUE(t.got_bytes(client).empty());
  t.unmute(upstream);
  t.pass(4700ms);
  EXPECT_TRUE(t.got_bytes(client).empty());
  t.pass(600ms);
  EXPECT_EQ(t.got(client), messages{close_of(1000)});
}

TEST(tunnel_close, relays_nothing_behind_a_peers_close) {
  tunnel_script t;
  t.send(client, masked_close(1000) + masked(1, "late") + masked(9, "ping"));
  t.send(client, masked(1, "later") + std::string("\xFF\xFF garbage"));
  EXPECT_EQ(t.got(upstream), messages{close_of(1000)});
  t.send(upstream, unmasked(1, "still") + unmasked_close(1000) + unmasked(1, "not this"));
  EXPECT_EQ(t.got(client), (messages{text_of("still"), close_of(1000)}));
  t.finish(client);
  t.finish(upstream);
  expect_record(t, initiator::client, cause::close_frame, 1000, 1000);
}

TEST(tunnel_close, delivers_what_the_other_peer_still_sends_before_its_answer) {
  tunnel_script t;
  t.send(upstream, unmasked_close(1000));
  t.send(client, masked(1, "one") + masked(1, "two", false));
  t.send(client, masked(0, "three"));
  t.send(client, masked_close(1000));
  EXPECT_EQ(t.got(upstream), (messages{text_of("one"), text_of("twothree"), close_of(1000)}));
}

TEST(tunnel_close, still_delivers_the_clients_answer_to_an_upstream_that_sent_close_and_fin_together) {
  tunnel_script t;
  t.send(upstream, unmasked(1, "last") + unmasked_close(1001));
  t.finish(upstream);
  EXPECT_EQ(t.got(client), (messages{text_of("last"), close_of(1001)}));
  t.pass(100ms);
  EXPECT_FALSE(t.is_closed(upstream)) << "half-closed is not closed";
  t.send(client, masked_close(1001));
  EXPECT_EQ(t.got(upstream), messages{close_of(1001)});
  t.finish(client);
  expect_record(t, initiator::upstream, cause::close_frame, 1001, 1001);
}

TEST(tunnel_close, delivers_upstreams_answer_to_a_client_that_sent_close_and_fin_together) {
  tunnel_script t;
  t.send(client, masked_close(1000));
  t.finish(client);
  t.pass(100ms);
  t.send(upstream, unmasked_close(1000));
  EXPECT_EQ(t.got(client), messages{close_of(1000)});
  t.finish(upstream);
  expect_record(t, initiator::client, cause::close_frame, 1000, 1000);
}

TEST(tunnel_close, counts_the_code_that_a_client_sent_that_was_gone_before_the_answer) {
  tunnel_script t;
  t.send(client, masked_close(1001));
  t.reset(client);
  t.send(upstream, unmasked_close(1000));
  t.finish(upstream);
  t.pass_until_finished(20s);
  expect_record(t, initiator::client, cause::close_frame, 1001, 1001);
}

TEST(tunnel_close, counts_the_code_sent_by_a_client_that_never_acknowledged_the_answer) {
  tunnel_script t;
  t.mute(client);
  t.send(client, masked_close(1001));
  t.finish(client);
  t.send(upstream, unmasked_close(1000));
  t.finish(upstream);
  t.pass_until_finished(3s);
  expect_record(t, initiator::client, cause::close_frame, 1001, 1001);
}

TEST(tunnel_close, waits_for_upstreams_fin_for_close_timeout_and_then_sends_its_own) {
  tunnel_script t;
  t.send(client, masked_close(1000));
  t.send(upstream, unmasked_close(1000));
  t.finish(client);
  t.pass(4900ms);
  EXPECT_FALSE(t.saw_fin(upstream));
  t.pass(200ms);
  EXPECT_TRUE(t.saw_fin(upstream));
  EXPECT_FALSE(t.is_closed(upstream));
  t.pass_until_finished(3s);
  expect_record(t, initiator::client, cause::close_frame, 1000, 1000);
}

TEST(tunnel_close, sends_fin_to_the_client_first_and_reads_on_until_its_own_or_a_short_linger) {
  tunnel_script t;
  t.send(upstream, unmasked_close(1000));
  t.finish(upstream);
  t.send(client, masked_close(1000));
  EXPECT_TRUE(t.saw_fin(client));
  t.send(client, "whatever a client may still have on the way");
  EXPECT_EQ(t.unread(client), 0U);
  t.pass(1900ms);
  EXPECT_FALSE(t.is_closed(client));
  t.pass(200ms);
  EXPECT_TRUE(t.is_closed(client));
  EXPECT_FALSE(t.was_reset(client));
}

TEST(tunnel_close, reads_a_closing_client_on_though_upstream_takes_nothing) {
  tunnel_script t;
  t.send(upstream, unmasked_close(1000));
  t.stall(upstream, 10);
  t.send(client, masked(1, "a message that upstream does not take"));
  t.send(client, masked(1, "another"));
  t.pass(5100ms);  // no answer was read: the client's turn is over
  t.send(client, masked(1, "yet another"));
  EXPECT_EQ(t.unread(client), 0U) << "a socket must not be closed with unread data";
}

}  // namespace
}  // namespace lastframe::support
