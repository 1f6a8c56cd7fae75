// What a proxy relays arrives as it was sent (DESIGN R1-R3, R5, R6).
#include <functional>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string noise(std::size_t size, std::uint64_t seed = 1) {
  std::string out(size, '\0');
  for (char& each : out) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    each = static_cast<char>(seed >> 56);
  }
  return out;
}

class relaying : public testing::Test {
 protected:
  raw_service service_;
  proxy_under_test proxy_{settings_for({service_.address()})};
};

TEST_F(relaying, passes_text_and_binary_messages_bit_for_bit_both_ways) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  const std::vector<wire_frame> to_upstream{
      {.opcode = 1, .mask = 0x01020304, .payload = "text"},
      {.opcode = 2, .mask = 0xFFEEDDCC, .payload = noise(16 << 10)},
      {.opcode = 1, .mask = 0, .payload = ""},
  };
  for (const wire_frame& each : to_upstream) client.send(encode(each));
  for (const wire_frame& each : to_upstream) EXPECT_EQ(upstream.read_frame(), each);

  const std::vector<wire_frame> to_client{
      {.opcode = 1, .payload = "answer"}, {.opcode = 2, .payload = noise(300)}, {.opcode = 2, .payload = ""}};
  for (const wire_frame& each : to_client) upstream.send(encode(each));
  for (const wire_frame& each : to_client) EXPECT_EQ(client.read_frame(), each);
}

TEST_F(relaying, keeps_fragments_and_the_control_frames_between_them) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  const std::vector<wire_frame> sent{
      {.fin = false, .opcode = 1, .mask = 7, .payload = "one "},
      {.opcode = 9, .mask = 8, .payload = "between"},
      {.fin = false, .opcode = 0, .mask = 9, .payload = ""},
      {.opcode = 0, .mask = 10, .payload = "message"},
  };
  for (const wire_frame& each : sent) client.send(encode(each));
  for (const wire_frame& each : sent) EXPECT_EQ(upstream.read_frame(), each);
}

TEST_F(relaying, keeps_frames_whole_that_arrive_byte_by_byte) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  const wire_frame frame{.opcode = 2, .mask = 0xA1B2C3D4, .payload = noise(200)};
  for (const char byte : encode(frame)) client.send({&byte, 1});
  EXPECT_EQ(upstream.read_frame(), frame);
}

TEST_F(relaying, carries_a_large_frame_in_fragments_that_make_the_same_message) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  const std::string payload = noise(8 << 20);
  auto sending = std::async(std::launch::async, [&] {
    client.send(encode({.opcode = 2, .mask = 0x11223344, .payload = payload}));
  });
  std::vector<wire_frame> frames;
  do frames.push_back(upstream.read_frame());
  while (!frames.back().fin);
  sending.get();
  EXPECT_GT(frames.size(), 8U);
  EXPECT_LE(frames.size(), 520U);
  const std::vector<wire_message> messages = reassemble(frames);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].opcode, 2U);
  EXPECT_TRUE(messages[0].payload == payload);
}

TEST_F(relaying, carries_large_messages_in_both_directions_at_once) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  const std::string up = noise(4 << 20, 2);
  const std::string down = noise(4 << 20, 3);
  auto client_sends = std::async(std::launch::async, [&, &peer = client] { peer.send(masked(2, up)); });
  auto upstream_sends =
      std::async(std::launch::async, [&, &peer = upstream] { peer.send(unmasked(2, down)); });
  auto upstream_reads = std::async(std::launch::async, [&peer = upstream] { return peer.read_message(); });
  EXPECT_TRUE(client.read_message().payload == down);
  EXPECT_TRUE(upstream_reads.get().payload == up);
  client_sends.get();
  upstream_sends.get();
}

TEST_F(relaying, holds_back_what_came_behind_the_request_until_upstream_has_agreed) {
  raw_peer client = connect_to(proxy_.address());
  client.send(upgrade_request("/") + masked(1, "early") + masked(2, noise(20'000)));
  raw_peer upstream = service_.accept();
  (void)upstream.read_head();
  EXPECT_FALSE(upstream.readable_within(std::chrono::milliseconds(100)));
  upstream.send(upgrade_answer());
  EXPECT_EQ(upstream.read_message().payload, "early");
  EXPECT_TRUE(upstream.read_message().payload == noise(20'000));
  EXPECT_THAT(client.read_head(), HasSubstr(" 101 "));
}

TEST_F(relaying, loses_nothing_that_came_behind_the_101) {
  raw_peer client = ask_upgrade(proxy_.address());
  const raw_peer upstream = service_.accept_upgrade(
      {}, unmasked(1, "welcome") + unmasked(2, noise(3'000)) + unmasked_close(4001, "so soon"));
  EXPECT_THAT(client.read_head(), HasSubstr(" 101 "));
  EXPECT_EQ(client.read_message().payload, "welcome");
  EXPECT_TRUE(client.read_message().payload == noise(3'000));
  EXPECT_EQ(client.read_message().payload, close_payload(4001, "so soon"));
}

TEST_F(relaying, passes_the_request_on_with_its_websocket_fields_unaltered) {
  raw_peer client = ask_upgrade(proxy_.address(), "/path?query=1",
                                "Sec-WebSocket-Protocol: b, a\r\nSec-WebSocket-Extensions: x; y=1\r\n"
                                "X-Forwarded-For: 6.6.6.6\r\nCookie: c=d\r\n");
  raw_peer upstream = service_.accept();
  const std::string head = upstream.read_head();
  EXPECT_TRUE(head.starts_with("GET /path?query=1 HTTP/1.1\r\n")) << head;
  EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Protocol: b, a\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Extensions: x; y=1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nHost: service.test\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nCookie: c=d\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-Forwarded-For: 127.0.0.1\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("6.6.6.6")));
  upstream.send(upgrade_answer("Sec-WebSocket-Protocol: a\r\nSet-Cookie: e=f\r\n"));
  const std::string answer = client.read_head();
  EXPECT_THAT(answer, HasSubstr("\r\nSec-WebSocket-Protocol: a\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nSet-Cookie: e=f\r\n"));
}

TEST(keepalive_pings, are_answered_and_swallowed_while_those_of_the_peers_pass) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].tunnel.client_keepalive = {std::chrono::milliseconds(20), std::chrono::seconds(20)};
  settings.routes[0].tunnel.upstream_keepalive.reset();
  const proxy_under_test proxy(std::move(settings));
  auto [client, upstream] = open_tunnel(proxy, service);
  const wire_frame ping = client.read_frame();
  EXPECT_EQ(ping.opcode, 9U);
  EXPECT_EQ(ping.payload.size(), 8U);
  // Not answered yet: the service's own Ping passes all the same.
  upstream.send(unmasked(9, "from upstream"));
  EXPECT_EQ(client.read_frame().payload, "from upstream");
  client.send(masked(10, ping.payload) + masked(10, "from upstream") + masked(10, "unasked") +
              masked(1, "x"));
  EXPECT_EQ(upstream.read_frame().payload, "from upstream");
  EXPECT_EQ(upstream.read_frame().payload, "unasked");
  EXPECT_EQ(upstream.read_frame().payload, "x");
  const wire_frame next = client.read_frame();
  EXPECT_EQ(next.opcode, 9U);
  client.send(masked(10, next.payload));
  (void)proxy.await([](const scrape& found) {
    return found.sum("lastframe_ping_rtt_seconds_count", {{"leg", "client"}}) >= 1 &&
           found.sum("lastframe_pings_total", {{"leg", "client"}}) >= 2;
  });
  EXPECT_EQ(proxy.metrics().sum("lastframe_pings_total", {{"leg", "upstream"}}), 0);
}

TEST_F(relaying, counts_messages_frames_and_bytes_of_each_direction) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  client.send(masked(1, "abc", false) + masked(0, "de") + masked(9, "p") + masked(2, noise(40'000)));
  upstream.send(unmasked(1, "12345678"));
  (void)client.read_frame();
  const scrape found = proxy_.await("lastframe_payload_bytes_total", {{"direction", "to_upstream"}}, 40'005);
  EXPECT_EQ(found.sum("lastframe_messages_total", {{"direction", "to_upstream"}, {"route", "r"}}), 2);
  EXPECT_EQ(found.sum("lastframe_frames_total", {{"direction", "to_upstream"}}), 4);
  EXPECT_EQ(found.sum("lastframe_payload_bytes_total", {{"direction", "to_client"}}), 8);
  EXPECT_EQ(found.sum("lastframe_messages_total", {{"direction", "to_client"}}), 1);
  EXPECT_EQ(found.sum("lastframe_tunnels", {{"route", "r"}}), 1);
}

}  // namespace
}  // namespace lastframe::support
