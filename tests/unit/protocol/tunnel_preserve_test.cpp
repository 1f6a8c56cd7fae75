// Frames that may not be split: Pings and Closes wait for their end, and a leg is cut where there is none
// (R3).
#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

const std::string large = unmasked(2, std::string(100'000, 'x'));

tunnel_options preserving() {
  tunnel_options options;
  options.rules.split = false;
  options.settings.client_keepalive = options.settings.upstream_keepalive = std::nullopt;
  return options;
}

TEST(tunnel_preserve, passes_large_frames_bit_for_bit) {
  tunnel_script t(preserving());
  t.read_size(1'000);
  const std::string from_client = masked(2, std::string(100'000, 'y'), false) + masked(0, "");
  t.send(upstream, large + unmasked(1, "small"));
  t.send(client, from_client);
  EXPECT_TRUE(t.got_bytes(client) == large + unmasked(1, "small"));
  EXPECT_TRUE(t.got_bytes(upstream) == from_client);
}

TEST(tunnel_preserve, passes_frames_with_an_unknown_extension_bit_for_bit_whatever_the_route_says) {
  tunnel_options options;
  options.rules.other_extension = true;
  tunnel_script t(options);
  const std::string strange = encode({.rsv = 7, .opcode = 2, .payload = std::string(100'000, 'x')}) +
                              encode({.opcode = 5, .payload = std::string(200'000, 'y')}) +
                              encode({.rsv = 2, .opcode = 13, .payload = std::string(300, 'z')});
  t.read_size(10'000);
  t.send(upstream, strange);
  EXPECT_TRUE(t.got_bytes(client) == strange);
}

TEST(tunnel_preserve, lets_a_ping_wait_for_the_end_of_a_frame) {
  tunnel_options options = preserving();
  options.settings.client_keepalive = protocol::keepalive_settings{};
  tunnel_script t(options);
  t.send(upstream, large.substr(0, 50'000));
  t.pass(100s);
  EXPECT_TRUE(t.got_bytes(client) == large.substr(0, 50'000));
  t.send(upstream, large.substr(50'000));
  t.pass(20s);
  const auto frames = decode(t.all_bytes(client));
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[1].opcode, 9U);
}

TEST(tunnel_preserve, lets_a_close_wait_for_the_end_of_a_frame) {
  tunnel_script t(preserving());
  t.send(upstream, large.substr(0, 50'000));
  t.drain(1012, 0s, 0s);
  t.pass(3s);
  EXPECT_TRUE(t.got_bytes(client) == large.substr(0, 50'000));
  EXPECT_LT(t.advances(), 100U);
  t.send(upstream, large.substr(50'000));
  EXPECT_EQ(t.got_bytes(client).substr(large.size() - 50'000), unmasked_close(1012, "draining"));
  t.pass(4'900ms);
  EXPECT_FALSE(t.is_closed(client)) << "the wait for its answer is a new one";
}

TEST(tunnel_preserve, finds_the_end_of_a_frame_between_large_ones) {
  tunnel_script t(preserving());
  t.send(upstream, large.substr(0, 50'000));
  t.drain(1012, 0s, 0s);
  t.send(upstream, large.substr(50'000, 10));
  t.send(upstream, large.substr(50'010) + large.substr(0, 10'000));
  EXPECT_EQ(expect_close(t, client, 1012).size(), 1U);
}

TEST(tunnel_preserve, cuts_a_client_whose_frame_does_not_end_within_close_timeout) {
  tunnel_script t(preserving());
  t.send(upstream, large.substr(0, 50'000));
  t.drain(1012, 0s, 0s);
  t.pass(4'900ms);
  EXPECT_FALSE(t.is_closed(client));
  t.pass(200ms);
  EXPECT_TRUE(t.was_reset(client));
  t.finish(upstream);
  t.pass_until_finished(10s);
  EXPECT_EQ(t.record().by, initiator::proxy);
  EXPECT_EQ(t.record().why, cause::drain);
  EXPECT_EQ(t.record().client->code, 1006);
}

TEST(tunnel_preserve, cuts_a_client_that_closes_itself_while_a_frame_to_it_does_not_end) {
  tunnel_script t(preserving());
  t.send(upstream, large.substr(0, 50'000));
  t.drain(1012, 0s, 0s);
  t.pass(1s);
  t.send(client, masked_close(1000));
  t.pass(20s);
  EXPECT_TRUE(t.is_closed(client));
  t.finish(upstream);
  t.pass_until_finished(10s);
  EXPECT_EQ(t.record().client->code, 1000) << "it sent that, and no answer reached it";
}

TEST(tunnel_preserve, cuts_the_client_when_upstream_is_gone_inside_a_frame) {
  for (const bool by_reset : {false, true}) {
    tunnel_script t(preserving());
    t.send(upstream, large.substr(0, 50'000));
    by_reset ? t.reset(upstream) : t.finish(upstream);
    EXPECT_TRUE(t.was_reset(client));
    EXPECT_TRUE(t.got_bytes(client) == large.substr(0, 50'000));
    expect_record(t, initiator::upstream, by_reset ? cause::reset : cause::eof, 1006, 1006);
  }
}

TEST(tunnel_preserve, cuts_the_client_at_once_when_upstream_falls_silent_inside_a_frame) {
  tunnel_options options = preserving();
  options.settings.upstream_keepalive = protocol::keepalive_settings{};
  tunnel_script t(options);
  t.send(upstream, large.substr(0, 50'000));
  t.pass(39'900ms);
  EXPECT_FALSE(t.is_closed(client));
  t.pass(200ms);
  EXPECT_TRUE(t.was_reset(client));
  t.pass_until_finished(10s);
  EXPECT_EQ(t.record().why, cause::ping_timeout);
  EXPECT_EQ(t.record().client->code, 1006);
}

TEST(tunnel_preserve, closes_well_when_upstream_is_gone_between_frames) {
  tunnel_script t(preserving());
  t.send(upstream, large);
  t.finish(upstream);
  EXPECT_EQ(expect_close(t, client, 1014).size(), 1U);
}

TEST(tunnel_preserve, cuts_upstream_when_the_client_is_gone_inside_a_frame_and_a_code_was_due) {
  tunnel_options options = preserving();
  options.settings.on_client_lost = 1001;
  tunnel_script t(options);
  const std::string frame = masked(2, std::string(100'000, 'x'));
  t.send(client, frame.substr(0, 50'000));
  t.finish(client);
  EXPECT_TRUE(t.was_reset(upstream));
  expect_record(t, initiator::client, cause::eof, 1006, 1006);
}

TEST(tunnel_preserve, echoes_no_close_into_a_frame_of_a_silent_upstream) {
  tunnel_script t(preserving());
  t.send(upstream, large.substr(0, 50'000));
  t.send(client, masked_close(1000));
  t.pass_until_finished(30s);
  EXPECT_TRUE(t.all_bytes(client) == large.substr(0, 50'000));
  expect_record(t, initiator::client, cause::close_frame, 1000, 1000);
}

TEST(tunnel_preserve, drops_what_would_lie_unread_when_a_lingering_socket_is_closed) {
  tunnel_options options;
  options.rules.split = false;
  tunnel_script t(options);
  t.stall(client, 100);
  t.send(upstream, unmasked(2, std::string(100'000, 'x')).substr(0, 80'000));
  t.send(client, masked_close(1000));
  EXPECT_NE(t.unread(upstream), 0U);
  t.pass(6'900ms);  // upstream did not answer, and has the FIN
  EXPECT_NE(t.unread(upstream), 0U);
  t.pass(200ms);
  EXPECT_EQ(t.unread(upstream), 0U);
  EXPECT_TRUE(t.is_closed(upstream));
  EXPECT_FALSE(t.was_reset(upstream));
}

}  // namespace
}  // namespace lastframe::support
