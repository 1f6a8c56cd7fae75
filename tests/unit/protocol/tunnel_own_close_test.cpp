// Closes of the proxy's own: max_message, max_lifetime, faults, overload, and the order in which they go out.
#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

tunnel_options with_lifetime(milliseconds lifetime) {
  tunnel_options options;
  options.settings.max_lifetime = lifetime;
  options.settings.client_keepalive = options.settings.upstream_keepalive = std::nullopt;
  return options;
}

tunnel_options with_max_message(std::uint64_t bytes) {
  tunnel_options options;
  options.settings.max_message = bytes;
  return options;
}

TEST(tunnel_own_close, gives_1012_and_then_1001_at_the_end_of_a_lifetime) {
  tunnel_script t(with_lifetime(100s));
  t.pass(89'900ms);
  EXPECT_EQ(t.got_bytes(client), "");
  while (t.all_bytes(client).empty() && t.elapsed() < 100s) t.pass(100ms);
  EXPECT_EQ(expect_close(t, client, 1012), messages{});
  EXPECT_EQ(t.got_bytes(upstream), "") << "its turn comes when the client has answered";
  t.send(client, masked_close(1012));
  EXPECT_EQ(expect_close(t, upstream, 1001), messages{});
  t.send(upstream, unmasked_close(1001));
  t.finish(upstream);
  t.finish(client);
  expect_record(t, initiator::proxy, cause::max_lifetime, 1012, 1001);
}

TEST(tunnel_own_close, shortens_lifetimes_by_a_random_tenth_at_most) {
  milliseconds shortest = 200s;
  milliseconds longest = 0s;
  for (std::uint64_t secret = 1; secret < 200; ++secret) {
    tunnel_options options = with_lifetime(100s);
    options.secret = secret;
    tunnel_script t(options);
    while (t.got_bytes(client).empty()) t.pass(100ms);
    shortest = std::min(shortest, t.elapsed());
    longest = std::max(longest, t.elapsed());
  }
  EXPECT_GE(shortest, 90s);
  EXPECT_LT(shortest, 91s);
  EXPECT_GT(longest, 99s);
  EXPECT_LE(longest, 100s);
}

TEST(tunnel_own_close, lets_the_other_side_wait_unread_until_the_first_has_answered) {
  tunnel_script t(with_lifetime(10s));
  t.pass(10s);
  expect_close(t, client, 1012);
  t.send(upstream, unmasked(1, "too late for the client"));
  EXPECT_GT(t.unread(upstream), 0U);
  t.send(client, masked(1, "still on its way") + masked(9, "ping") + masked_close(1012));
  EXPECT_EQ(expect_close(t, upstream, 1001).size(), 2U);
  EXPECT_EQ(t.unread(upstream), 0U);
  EXPECT_EQ(t.got_bytes(client), "");
}

TEST(tunnel_own_close, gives_the_other_side_its_close_after_close_timeout_without_an_answer) {
  tunnel_script t(with_lifetime(10s));
  t.pass(10s);
  expect_close(t, client, 1012);
  t.pass(4s);
  EXPECT_EQ(t.got_bytes(upstream), "");
  t.pass(2s);
  expect_close(t, upstream, 1001);
  t.pass_until_finished(20s);
  expect_record(t, initiator::proxy, cause::max_lifetime, 1012, 1001);
}

TEST(tunnel_own_close, takes_1002_in_answer_to_its_close_for_an_answer) {
  tunnel_script t(with_lifetime(10s));
  t.pass(10s);
  t.send(client, masked_close(1002));
  t.finish(client);
  expect_close(t, upstream, 1001);
  t.send(upstream, unmasked_close(1001));
  t.finish(upstream);
  expect_record(t, initiator::proxy, cause::max_lifetime, 1012, 1001);
}

TEST(tunnel_own_close, waits_for_the_end_of_the_message_under_way_to_the_client) {
  tunnel_script t(with_lifetime(10s));
  t.send(upstream, unmasked(1, "begun, ", false));
  t.pass(11s);
  EXPECT_EQ(t.got_bytes(client).size(), 9U);
  t.send(upstream, unmasked(0, "ended"));
  EXPECT_EQ(decode(t.got_bytes(client)).size(), 2U);
  EXPECT_LT(t.advances(), 100U) << "no busy loop meanwhile";
}

TEST(tunnel_own_close, waits_no_longer_than_close_timeout_for_it_when_a_lifetime_is_over) {
  tunnel_script t(with_lifetime(10s));
  t.send(upstream, unmasked(1, "begun, ", false));
  t.pass(13'900ms);
  EXPECT_EQ(t.got_bytes(client).size(), 9U);
  t.pass(1'200ms);
  EXPECT_EQ(decode(t.got_bytes(client)).back().opcode, 8U);
}

TEST(tunnel_own_close, finds_the_end_of_a_message_within_what_was_read) {
  tunnel_script t(with_lifetime(10s));
  const std::string large = unmasked(2, std::string(100'000, 'x'));
  t.send(upstream, large.substr(0, 60'000));
  t.pass(10s);
  // Its end, two small messages, and the beginning of the next large one come in one read.
  t.send(upstream, large.substr(60'000) + unmasked(1, "a") + unmasked(1, "b") + large.substr(0, 20'000));
  EXPECT_EQ(expect_close(t, client, 1012),
            (messages{{.opcode = 2, .payload = std::string(100'000, 'x')}, text_of("a"), text_of("b")}));
}

TEST(tunnel_own_close, prefers_upstreams_close_in_the_same_read_to_its_own) {
  tunnel_script t(with_lifetime(10s));
  t.send(upstream, unmasked(1, "begun, ", false));
  t.pass(10s);
  t.send(upstream, unmasked(0, "ended") + unmasked_close(4001));
  EXPECT_EQ(expect_close(t, client, 4001), messages{text_of("begun, ended")});
  t.send(client, masked_close(4001));
  t.finish(client);
  t.finish(upstream);
  expect_record(t, initiator::upstream, cause::close_frame, 4001, 4001);
}

TEST(tunnel_own_close, closes_the_sender_of_a_message_over_max_message_first) {
  tunnel_script t(with_max_message(10));
  t.send(client, masked(1, "fits") + masked(1, "too long a message"));
  EXPECT_EQ(expect_close(t, client, 1009), messages{});
  EXPECT_EQ(t.got(upstream), messages{text_of("fits")});
  t.send(client, masked_close(1009));
  EXPECT_EQ(expect_close(t, upstream, 1001), messages{});
  t.send(upstream, unmasked_close(1001));
  t.finish(upstream);
  t.finish(client);
  expect_record(t, initiator::proxy, cause::message_too_big, 1009, 1001);
}

TEST(tunnel_own_close, gives_the_client_failure_code_for_upstreams_message_over_max_message) {
  tunnel_script t(with_max_message(10));
  t.send(upstream, unmasked(1, "too long a message"));
  EXPECT_EQ(expect_close(t, upstream, 1009), messages{});
  EXPECT_EQ(t.got_bytes(client), "");
  t.send(upstream, unmasked_close(1009));
  EXPECT_EQ(expect_close(t, client, 1014), messages{});
  t.finish(upstream);
  t.send(client, masked_close(1014));
  t.finish(client);
  expect_record(t, initiator::proxy, cause::message_too_big, 1014, 1009);
}

TEST(tunnel_own_close, judges_a_message_by_the_headers_of_all_its_frames) {
  tunnel_script t(with_max_message(10));
  t.send(client, masked(1, "123456", false) + masked(9, "control frames do not count") +
                     masked(0, "12345").substr(0, 6));
  expect_close(t, client, 1009);
}

TEST(tunnel_own_close, lets_messages_of_exactly_max_message_pass) {
  tunnel_script t(with_max_message(10));
  t.send(client, masked(1, "12345", false) + masked(0, "67890") + masked(1, "1234567890"));
  EXPECT_EQ(t.got(upstream).size(), 2U);
  EXPECT_EQ(t.got_bytes(client), "");
}

TEST(tunnel_own_close, relays_only_the_answer_of_a_client_whose_message_grew_too_big_after_upstreams_close) {
  tunnel_script t(with_max_message(10));
  t.send(client, masked(1, "begun", false));
  t.send(upstream, unmasked_close(1000));
  t.send(client, masked(0, " and too long") + masked(1, "next") + masked_close(1000));
  const auto frames = decode(t.got_bytes(upstream));
  ASSERT_EQ(frames.size(), 2U) << "another message would begin inside the first";
  EXPECT_EQ(frames[1].payload, close_payload(1000));
}

TEST(tunnel_own_close, skips_a_huge_payload_without_holding_it) {
  tunnel_script t(with_max_message(10));
  t.send(client, masked(2, std::string(1 << 20, 'x')) + masked_close(1009));
  EXPECT_LE(t.most_held(), 1'000U);
  expect_close(t, upstream, 1001);
}

TEST(tunnel_own_close, tells_both_sides_1011_when_the_proxy_itself_is_at_fault) {
  tunnel_script t;
  t.fail();
  expect_close(t, client, 1011);
  expect_close(t, upstream, 1011);
  t.send(client, masked_close(1011));
  t.send(upstream, unmasked_close(1011));
  t.finish(client);
  t.finish(upstream);
  expect_record(t, initiator::proxy, cause::internal_error, 1011, 1011);
}

TEST(tunnel_own_close, bids_farewell_when_only_the_client_leg_is_open) {
  for (const auto& [by, why, code] :
       {std::tuple{initiator::upstream, cause::connect_failed, protocol::close_code{1014}},
        std::tuple{initiator::proxy, cause::overload, protocol::close_code{1013}}}) {
    tunnel_options options;
    options.farewell = protocol::farewell{.by = by, .why = why, .code = code, .reason = "refused"};
    tunnel_script t(options);
    EXPECT_EQ(t.got(client), messages{close_of(code, "refused")});
    t.send(client, masked(1, "hello?") + masked_close(code));
    EXPECT_TRUE(t.saw_fin(client));
    t.finish(client);
    const telemetry::close_record& record = t.record();
    EXPECT_EQ(record.by, by);
    EXPECT_EQ(record.why, why);
    EXPECT_EQ(record.client, ending_of(code, "refused"));
    EXPECT_FALSE(record.upstream.has_value());
  }
}

TEST(tunnel_own_close, ends_a_farewell_to_a_client_that_never_answers) {
  tunnel_options options;
  options.farewell = protocol::farewell{initiator::upstream, cause::tls, 1014, "tls"};
  tunnel_script t(options);
  t.pass_until_finished(8s);
  EXPECT_EQ(t.record().client->code, 1014);
}

}  // namespace
}  // namespace lastframe::support
