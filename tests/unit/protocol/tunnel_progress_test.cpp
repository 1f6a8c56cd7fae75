// Backpressure, what may be held, peers that make no progress: R4 and the rows of write timeouts.
#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

TEST(tunnel_progress, does_not_read_a_leg_while_the_other_has_unsent_bytes) {
  tunnel_script t;
  t.stall(client, 0);
  t.send(upstream, unmasked(1, "one"));
  t.send(upstream, unmasked(1, "two"));
  EXPECT_EQ(t.unread(upstream), 5U);
  t.send(client, masked(1, "the other way is free"));
  EXPECT_EQ(t.got(upstream).size(), 1U);
  t.resume(client);
  EXPECT_EQ(t.got(client), (messages{text_of("one"), text_of("two")}));
}

TEST(tunnel_progress, copies_nothing_for_a_socket_that_takes_all) {
  tunnel_script t;
  t.send(upstream, unmasked(2, std::string(60'000, 'x')));
  EXPECT_EQ(t.most_held(), 0U);
  EXPECT_EQ(t.budget().held(), 0U);
}

TEST(tunnel_progress, counts_backpressure_while_it_lasts_and_nothing_after_it) {
  tunnel_script t;
  t.stall(client, 0);
  t.send(upstream, unmasked(1, "hello"));
  t.pass(60s);
  const auto counted = [&] { return t.tally().backpressure_ns[0].get() / 1'000'000'000; };
  EXPECT_GE(counted(), 30U);
  t.pass(10s);
  t.resume(client);
  EXPECT_EQ(counted(), 70U);
  t.pass(10s);
  EXPECT_EQ(counted(), 70U);
}

TEST(tunnel_progress, resets_a_client_that_makes_no_progress_for_write_timeout) {
  tunnel_script t;
  t.stall(client, 3);
  t.send(upstream, unmasked(1, "hello"));
  t.pass(119s);
  EXPECT_FALSE(t.is_closed(client));
  t.pass(32s);  // found at most a quarter of write_timeout late
  EXPECT_TRUE(t.was_reset(client));
  EXPECT_TRUE(t.saw_fin(upstream));
  t.finish(upstream);
  expect_record(t, initiator::client, cause::write_timeout, 1006, 1006);
}

TEST(tunnel_progress, resets_an_upstream_that_makes_no_progress_and_tells_the_client) {
  tunnel_script t;
  t.stall(upstream, 3);
  t.send(client, masked(1, "hello"));
  t.pass(151s);
  EXPECT_TRUE(t.was_reset(upstream));
  EXPECT_EQ(expect_close(t, client, 1014), messages{}) << "its clock stands: it is not read";
  t.send(client, masked_close(1014));
  t.finish(client);
  expect_record(t, initiator::upstream, cause::write_timeout, 1014, 1006);
}

TEST(tunnel_progress, takes_acknowledged_bytes_for_progress_not_writability) {
  tunnel_options options;
  options.settings.write_timeout = 10s;
  options.settings.client_keepalive.reset();
  tunnel_script t(options);
  t.mute(client);  // the socket goes on taking, and nothing is acknowledged
  for (int i = 0; i < 15 && !t.is_closed(client); ++i) {
    t.stall(client, 2);
    t.send(upstream, unmasked(1, "x"));
    t.pass(1s);
  }
  EXPECT_TRUE(t.was_reset(client));
}

TEST(tunnel_progress, leaves_a_slow_consumer_alone) {
  tunnel_options options;
  options.settings.write_timeout = 10s;
  tunnel_script t(options);
  t.send(upstream, unmasked(2, std::string(60'000, 'x')));
  t.stall(client, 0);
  t.send(upstream, unmasked(2, std::string(60'000, 'y')));
  for (int i = 0; i < 60; ++i) {
    t.pass(5s);
    t.stall(client, 1'000);
    t.send(upstream, "");
  }
  EXPECT_FALSE(t.is_closed(client));
  t.resume(client);
  EXPECT_FALSE(t.finished());
}

TEST(tunnel_progress, lets_write_timeout_end_a_tunnel_whose_close_is_never_taken) {
  tunnel_script t;
  t.stall(upstream, 3);
  t.send(client, masked_close(1000));
  t.pass(115s);
  EXPECT_FALSE(t.is_closed(upstream));
  t.pass(15s);
  EXPECT_TRUE(t.was_reset(upstream));
  EXPECT_EQ(t.got(client), messages{close_of(1000)});
  t.finish(client);
  expect_record(t, initiator::client, cause::close_frame, 1000, 1006);
}

TEST(tunnel_progress, does_not_spin_while_a_finished_exchange_waits_for_a_stalled_upstream) {
  tunnel_script t;
  t.stall(upstream, 3);
  t.send(client, masked(1, "not taken"));
  t.send(upstream, unmasked_close(1000));
  t.pass(1s);
  EXPECT_EQ(t.got(client), messages{close_of(1000)});
  t.pass(60s);
  EXPECT_LT(t.advances(), 400U);
  t.pass_until_finished(120s);
}

TEST(tunnel_progress, does_not_spin_while_an_answer_waits_for_a_stalled_upstream) {
  tunnel_script t;
  t.send(upstream, unmasked_close(1000));
  t.stall(upstream, 3);
  t.send(client, masked_close(1000));
  t.pass(60s);
  EXPECT_LT(t.advances(), 400U);
  t.pass_until_finished(120s);
  expect_record(t, initiator::upstream, cause::close_frame, 1000, 1000);
}

TEST(tunnel_progress, holds_at_most_a_piece_and_a_read_for_a_client_that_stops_reading) {
  for (const std::size_t sent : {100'000U, 1U << 20, 40U << 20}) {
    tunnel_script t;
    const std::string message = unmasked(2, std::string(sent, 'x'));
    t.send(upstream, message.substr(0, message.size() / 2));
    t.stall(client, 1'000);
    t.send(upstream, message.substr(message.size() / 2));
    EXPECT_LE(t.most_held(), (256U << 10) + (64U << 10) + 256U) << sent;
    t.resume(client);
    EXPECT_EQ(t.got(client).at(0).payload.size(), sent);
    EXPECT_EQ(t.budget().held(), 0U);
  }
}

TEST(tunnel_progress, shrinks_pieces_above_half_of_the_budget) {
  tunnel_options options;
  options.buffer_limit = 1 << 20;
  tunnel_script t(options);
  const std::string message = unmasked(2, std::string(64 << 20, 'x'));
  t.read_size(8 << 10);
  t.send(upstream, message.substr(0, 63 << 20));
  const std::size_t usual = t.most_held();
  EXPECT_GT(usual, 200U << 10);
  t.budget().take(600 << 10);
  static_cast<void>(t.got_bytes(client));
  t.send(upstream, message.substr(63 << 20));
  wire_decoder fresh;
  fresh.feed(t.all_bytes(client));
  ASSERT_TRUE(fresh.at_boundary());
  std::size_t offset = 0;
  std::size_t largest = 0;  // of those that began in need
  for (const wire_frame& piece : fresh.frames()) {
    if (offset >= 63U << 20) largest = std::max(largest, piece.payload.size());
    offset += piece.payload.size();
  }
  EXPECT_LE(largest, 32U << 10);
  EXPECT_EQ(reassemble(fresh.frames()).at(0).payload.size(), 64U << 20);
  t.budget().give(600 << 10);
}

TEST(tunnel_progress, reads_no_leg_that_holds_nothing_when_the_budget_is_used_up) {
  tunnel_options options;
  options.buffer_limit = 1 << 20;
  tunnel_script t(options);
  t.send(client, masked(2, std::string(1'000, 'x')).substr(0, 500));
  t.budget().take(2 << 20);
  EXPECT_FALSE(t.machine().wants_read(upstream));
  EXPECT_TRUE(t.machine().wants_read(client)) << "what it holds can only be freed by its rest";
  t.budget().give(2 << 20);
  EXPECT_TRUE(t.machine().wants_read(upstream));
}

TEST(tunnel_progress, closes_a_frame_unfinished_for_30_seconds_when_the_budget_is_used_up) {
  tunnel_options options;
  options.buffer_limit = 1 << 20;
  options.settings.client_keepalive = options.settings.upstream_keepalive = std::nullopt;
  tunnel_script t(options);
  t.budget().take(2 << 20);
  t.budget().give(2 << 20);
  t.send(client, masked(2, std::string(1'000, 'x')).substr(0, 500));
  t.budget().take(2 << 20);
  t.send(client, "more");
  t.pass(29s);
  EXPECT_EQ(t.got_bytes(client), "");
  t.pass(2s);
  expect_close(t, client, 1013);
  t.send(client, masked_close(1013));
  t.finish(client);
  expect_close(t, upstream, 1001);
  t.send(upstream, unmasked_close(1001));
  t.finish(upstream);
  t.pass(1s);
  expect_record(t, initiator::proxy, cause::overload, 1013, 1001);
  EXPECT_EQ(t.budget().held(), 2U << 20);
  t.budget().give(2 << 20);
}

TEST(tunnel_progress, ends_a_frame_that_was_unfinished_for_long_when_others_use_up_the_budget) {
  tunnel_options options;
  options.buffer_limit = 1 << 20;
  options.settings.client_keepalive = options.settings.upstream_keepalive = std::nullopt;
  tunnel_script t(options);
  t.send(client, masked(2, "never whole").substr(0, 9));
  t.send(upstream, unmasked(2, "never whole").substr(0, 5));
  t.pass(29s);
  t.budget().take(1 << 20);
  t.send(upstream, "v");
  t.pass(2s);
  expect_close(t, client, 1013);
  t.budget().give(1 << 20);
}

TEST(tunnel_progress, does_not_mistake_a_stream_of_frames_for_an_unfinished_one) {
  tunnel_options options;
  options.buffer_limit = 1 << 20;
  options.settings.client_keepalive = options.settings.upstream_keepalive = std::nullopt;
  tunnel_script t(options);
  const std::string frame = masked(2, std::string(1'000, 'x'));
  t.send(client, frame.substr(0, 500));
  for (int i = 0; i < 40; ++i) {  // every read ends within a frame
    t.pass(1s);
    t.send(client, frame.substr(500) + frame.substr(0, 500));
  }
  t.budget().take(2 << 20);
  t.send(client, frame.substr(500) + frame.substr(0, 500));
  t.pass(1s);
  EXPECT_EQ(t.got_bytes(client), "") << "no frame was unfinished for 30 seconds";
  t.budget().give(2 << 20);
}

TEST(tunnel_progress, reads_a_leg_whose_bytes_go_nowhere_though_the_budget_is_used_up) {
  tunnel_options options;
  options.buffer_limit = 1 << 20;
  tunnel_script t(options);
  t.budget().take(2 << 20);
  t.break_writes(client, true);
  t.reset(client);
  t.drain(1012, 0ms, 10s);
  t.finish(upstream);
  t.pass_until_finished(15s);
  t.budget().give(2 << 20);
  expect_record(t, initiator::proxy, cause::drain, 1006, 1001);
}

TEST(tunnel_progress, waits_for_no_memory_once_a_tunnel_ends) {
  tunnel_options options;
  options.buffer_limit = 1 << 20;
  tunnel_script t(options);
  t.break_writes(upstream, true);
  t.send(client, masked(1, "x"));
  t.budget().take(2 << 20);
  t.send(upstream, unmasked(1, "what nobody has the memory to read"));
  t.reset(upstream);
  t.send(client, masked_close(1000));
  t.finish(client);
  t.pass_until_finished(20s);
  t.budget().give(2 << 20);
  expect_record(t, initiator::client, cause::close_frame, 1000, 1006);
}

}  // namespace
}  // namespace lastframe::support
