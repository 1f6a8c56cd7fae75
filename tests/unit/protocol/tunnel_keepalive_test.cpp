// Pings of the proxy's own and relayed ones, in the machine: R5 and the rows of ping timeouts.
#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

// Answers every Ping that a peer got with its Pong, and returns all else that it got.
messages answer_pings(tunnel_script& t, leg which) {
  messages rest;
  for (wire_message& message : t.got(which)) {
    if (message.opcode == 9) {
      t.send(which, which == client ? masked(10, message.payload) : unmasked(10, message.payload));
    } else {
      rest.push_back(std::move(message));
    }
  }
  return rest;
}

std::size_t pings_among(const messages& all) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const wire_message& m) { return m.opcode == 9; }));
}

TEST(tunnel_keepalive, pings_each_peer_after_an_interval_without_a_byte) {
  tunnel_script t;
  t.pass(19'900ms);
  EXPECT_TRUE(t.got(client).empty());
  t.pass(200ms);
  const messages to_client = t.got(client);
  ASSERT_EQ(to_client.size(), 1U);
  EXPECT_EQ(to_client[0].opcode, 9U);
  EXPECT_EQ(to_client[0].payload.size(), 8U);
  const auto to_upstream = decode(t.got_bytes(upstream));
  ASSERT_EQ(to_upstream.size(), 1U);
  EXPECT_EQ(to_upstream[0].opcode, 9U);
  EXPECT_TRUE(to_upstream[0].mask.has_value());
  EXPECT_NE(to_upstream[0].payload, to_client[0].payload);
  EXPECT_EQ(t.tally().pings[0].sent.get(), 1U);
  EXPECT_EQ(t.tally().pings[1].sent.get(), 1U);
}

TEST(tunnel_keepalive, decides_by_what_was_read_only_once_a_ping_is_unanswered) {
  tunnel_script t;
  EXPECT_FALSE(t.machine().judges(t.now() + 21s));
  t.pass(21s);
  EXPECT_TRUE(t.machine().judges(t.now()));
  (void)answer_pings(t, client);
  EXPECT_TRUE(t.machine().judges(t.now()));
  (void)answer_pings(t, upstream);
  EXPECT_FALSE(t.machine().judges(t.now()));
}

TEST(tunnel_keepalive, decides_by_what_was_read_wherever_more_than_a_ping_is_due) {
  tunnel_options options;
  options.settings.max_lifetime = 1h;
  tunnel_script lives(options);
  EXPECT_FALSE(lives.machine().judges(lives.now()));
  EXPECT_TRUE(lives.machine().judges(lives.now() + 1h));
  tunnel_script drains;
  drains.machine().drain(1012, drains.now() + 1h, drains.now() + 2h, drains.now());
  EXPECT_TRUE(drains.machine().judges(drains.now()));
  tunnel_script ends;
  ends.send(client, masked_close(1000));
  EXPECT_TRUE(ends.machine().judges(ends.now()));
  tunnel_script fails;
  fails.break_writes(upstream, true);
  fails.send(client, masked(1, "for nobody"));
  EXPECT_FALSE(fails.machine().is_ending());
  EXPECT_TRUE(fails.machine().judges(fails.now()));
}

TEST(tunnel_keepalive, does_not_ping_a_peer_that_sends) {
  tunnel_script t;
  for (int i = 0; i < 20; ++i) {
    t.pass(15s);
    t.send(client, masked(1, "x"));
  }
  EXPECT_EQ(t.tally().pings[0].sent.get(), 0U);
}

TEST(tunnel_keepalive, does_not_ping_a_peer_whose_payload_passes) {
  tunnel_script t;
  t.send(upstream, encode({.opcode = 2, .payload = std::string(100'000, 'x')}).substr(0, 10));
  t.pass(15s);
  const std::size_t n = t.machine().passable(upstream);
  ASSERT_TRUE(t.machine().passed(upstream, n, t.now()));
  t.machine().sent(client, t.machine().output(client)[0].size() + n, t.now());
  t.machine().settle(t.now());
  t.pass(15s);
  EXPECT_EQ(t.tally().pings[1].sent.get(), 0U);
  t.pass(10s);
  EXPECT_EQ(t.tally().pings[1].sent.get(), 1U);
}

TEST(tunnel_keepalive, swallows_the_pong_to_its_own_ping_and_measures_the_round_trip) {
  tunnel_script t;
  t.pass(20s);
  t.pass(30ms);
  EXPECT_EQ(answer_pings(t, client), messages{});
  EXPECT_EQ(answer_pings(t, upstream), messages{});
  EXPECT_TRUE(t.got(upstream).empty());
  EXPECT_TRUE(t.got(client).empty());
  EXPECT_EQ(t.machine().rtt(client), 30ms);
  EXPECT_EQ(t.machine().rtt(upstream), 30ms);
}

TEST(tunnel_keepalive, swallows_a_late_pong_too) {
  tunnel_options options;
  options.settings.upstream_keepalive.reset();
  tunnel_script t(options);
  t.pass(20s);
  const std::string first = t.got(client).at(0).payload;
  for (int i = 0; i < 5; ++i) {  // other bytes count as answers, and a new Ping goes out
    t.pass(10s);
    t.send(client, masked(1, "busy"));
  }
  t.pass(25s);
  const std::string second = t.got(client).at(0).payload;
  EXPECT_NE(first, second);
  static_cast<void>(t.got(upstream));
  t.send(client, masked(10, first) + masked(10, second));
  EXPECT_EQ(t.got_bytes(upstream), "");
}

TEST(tunnel_keepalive, pings_again_an_interval_after_an_answer_though_the_timeout_is_longer) {
  tunnel_options options;
  options.settings.client_keepalive = {.interval = 5s, .timeout = 20s};
  options.settings.upstream_keepalive.reset();
  tunnel_script t(options);
  t.pass(5s);
  answer_pings(t, client);
  t.pass(5'100ms);
  EXPECT_EQ(pings_among(t.got(client)), 1U);
}

TEST(tunnel_keepalive, relays_peers_pings_and_pongs_unaltered) {
  tunnel_script t;
  t.send(client, masked(9, "from the client"));
  EXPECT_EQ(t.got_bytes(upstream), masked(9, "from the client"));
  t.send(upstream, unmasked(10, "from the client"));
  EXPECT_EQ(t.got_bytes(client), unmasked(10, "from the client"));
  t.send(upstream, unmasked(9, "") + unmasked(10, "unsolicited"));
  EXPECT_EQ(t.got_bytes(client), unmasked(9, "") + unmasked(10, "unsolicited"));
}

TEST(tunnel_keepalive, sends_no_ping_of_its_own_while_a_relayed_one_is_unanswered) {
  tunnel_script t;
  t.pass(15s);
  t.send(upstream, unmasked(9, "theirs"));
  EXPECT_EQ(t.got(client).size(), 1U);
  t.pass(15s);
  EXPECT_EQ(t.got(client).size(), 0U) << "its Pong would be lost if the peer answers only the latest Ping";
  t.send(client, masked(10, "theirs"));
  EXPECT_EQ(pings_among(t.got(upstream)), 0U);
  t.pass(20s);
  EXPECT_EQ(pings_among(t.got(client)), 1U);
}

TEST(tunnel_keepalive, cuts_a_client_that_leaves_a_ping_unanswered) {
  tunnel_script t;
  for (int i = 0; i < 4; ++i) {
    t.pass(10s);
    t.send(upstream, unmasked(10, "alive"));
  }
  EXPECT_EQ(expect_close(t, client, 1011).size(), 4U) << "three Pongs and a Ping";
  EXPECT_TRUE(t.saw_fin(upstream));
  t.finish(upstream);
  t.pass(4900ms);
  EXPECT_FALSE(t.is_closed(client));
  t.pass(200ms);
  EXPECT_TRUE(t.is_closed(client));
  EXPECT_FALSE(t.was_reset(client)) << "a reset would take the Close from a client that has yet to read it";
  expect_record(t, initiator::client, cause::ping_timeout, 1011, 1006);
}

TEST(tunnel_keepalive, counts_1006_if_the_lost_clients_tcp_did_not_acknowledge_the_close) {
  tunnel_options options;
  options.settings.upstream_keepalive.reset();
  tunnel_script t(options);
  t.mute(client);
  t.pass_until_finished(45'300ms);
  EXPECT_TRUE(t.was_reset(client));
  expect_record(t, initiator::client, cause::ping_timeout, 1006, 1006);
}

TEST(tunnel_keepalive, closes_both_when_upstream_leaves_a_ping_unanswered) {
  tunnel_options options;
  options.settings.client_keepalive.reset();
  tunnel_script t(options);
  t.mute(upstream);
  t.pass(40'100ms);
  EXPECT_EQ(expect_close(t, client, 1014), messages{});
  EXPECT_EQ(expect_close(t, upstream, 1011).size(), 1U);
  t.send(client, masked_close(1014));
  t.finish(client);
  t.pass_until_finished(5'100ms);
  EXPECT_TRUE(t.was_reset(upstream));
  expect_record(t, initiator::upstream, cause::ping_timeout, 1014, 1006);
}

TEST(tunnel_keepalive, lets_a_lost_client_that_answers_the_close_after_all_end_in_peace) {
  tunnel_options options;
  options.settings.upstream_keepalive.reset();
  tunnel_script t(options);
  t.pass(41s);
  t.send(client, masked_close(1011));
  t.finish(client);
  t.finish(upstream);
  expect_record(t, initiator::client, cause::ping_timeout, 1011, 1006);
  EXPECT_FALSE(t.was_reset(client));
}

TEST(tunnel_keepalive, finds_a_lost_client_by_ping_although_upstream_goes_on_pinging_it) {
  tunnel_options options;
  options.settings.upstream_keepalive.reset();
  tunnel_script t(options);
  t.mute(client);
  for (int i = 0; i < 5 && !t.finished(); ++i) {
    t.pass(9s);
    t.send(upstream, unmasked(9, "theirs " + std::to_string(i)));
  }
  expect_close(t, client, 1011);
}

TEST(tunnel_keepalive, never_closes_a_tunnel_that_is_idle_for_a_day_and_answers_pings) {
  tunnel_script t;
  for (int i = 0; i < 24 * 60 * 4; ++i) {
    t.pass(15s);
    for (const leg which : {client, upstream}) ASSERT_EQ(answer_pings(t, which), messages{});
  }
  EXPECT_FALSE(t.finished());
  EXPECT_GT(t.tally().pings[0].sent.get(), 2000U);
  EXPECT_LT(t.advances(), 20'000U);
  EXPECT_EQ(t.machine().held_bytes(), 0U);
  EXPECT_EQ(t.budget().held(), 0U);
}

TEST(tunnel_keepalive, stands_still_while_a_leg_is_not_read) {
  tunnel_script t;
  t.stall(client, 0);
  t.send(upstream, unmasked(1, "waits for the client"));
  t.pass(100s);
  EXPECT_EQ(t.tally().pings[1].sent.get(), 0U) << "upstream is not read: its Pong could not be seen";
  EXPECT_EQ(t.tally().pings[0].sent.get(), 0U) << "bytes wait for the client: so would its Pong";
  t.resume(client);
  t.pass(19s);
  EXPECT_EQ(t.tally().pings[0].sent.get() + t.tally().pings[1].sent.get(), 0U) << "clocks start anew";
  t.pass(1'100ms);
  EXPECT_EQ(t.tally().pings[0].sent.get(), 1U);
  EXPECT_EQ(t.tally().pings[1].sent.get(), 1U);
}

TEST(tunnel_keepalive, forgives_a_pong_that_waits_behind_a_slow_client) {
  tunnel_options options;
  options.settings.client_keepalive.reset();
  tunnel_script t(options);
  t.pass(20s);
  const std::string ping = t.got(upstream).at(0).payload;
  t.stall(client, 5);
  t.send(upstream, unmasked(1, "a message that is in the way"));
  t.send(upstream, unmasked(10, ping));
  t.pass(60s);
  EXPECT_EQ(t.unread(upstream), 10U);
  t.resume(client);
  t.pass(1s);
  EXPECT_EQ(t.got(client).size(), 1U);
  EXPECT_FALSE(t.finished());
  EXPECT_EQ(t.got_bytes(upstream), "");
}

TEST(tunnel_keepalive, holds_a_ping_back_while_the_kernel_has_unacknowledged_bytes) {
  tunnel_options options;
  options.settings.upstream_keepalive.reset();
  tunnel_script t(options);
  t.mute(client);
  t.send(upstream, unmasked(1, "not acknowledged"));
  t.pass(100s);
  EXPECT_EQ(t.tally().pings[0].sent.get(), 0U);
  EXPECT_FALSE(t.finished()) << "write_timeout governs";
}

TEST(tunnel_keepalive, stops_with_a_close) {
  tunnel_options options;
  options.settings.close_timeout = 100s;
  tunnel_script t(options);
  t.send(client, masked_close(1000));
  t.pass(90s);
  EXPECT_EQ(t.got(upstream), messages{close_of(1000)});
  EXPECT_EQ(t.got_bytes(client), "");
}

TEST(tunnel_keepalive, can_be_off) {
  tunnel_options options;
  options.settings.client_keepalive.reset();
  options.settings.upstream_keepalive.reset();
  tunnel_script t(options);
  t.pass(hours(48));
  EXPECT_EQ(t.got_bytes(client) + t.got_bytes(upstream), "");
  EXPECT_EQ(t.advances(), 0U) << "nothing to wait for";
}

TEST(tunnel_keepalive, judges_no_peer_that_is_not_read_for_want_of_memory) {
  tunnel_options options;
  options.buffer_limit = 1 << 20;
  tunnel_script t(options);
  t.pass(39'900ms);  // both Pings are out
  EXPECT_EQ(pings_among(t.got(client)), 1U);
  t.budget().take(2 << 20);  // other tunnels do, and nobody tells this one before its time has come
  t.machine().advance(t.now() + 200ms, {}, {});
  t.budget().give(2 << 20);
  t.pass(1s);
  EXPECT_TRUE(t.got(client).empty()) << "its Pong may lie unread";
  EXPECT_FALSE(t.finished());
}

}  // namespace
}  // namespace lastframe::support
