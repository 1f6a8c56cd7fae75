// How tunnels end, seen by raw peers and by /metrics (DESIGN R7-R10, §4, §5).
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class closing : public testing::Test {
 protected:
  raw_service service_;
  proxy_under_test proxy_{settings_for({service_.address()})};
};

TEST_F(closing, passes_the_clients_close_and_upstreams_answer_byte_for_byte) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  client.send(masked_close(4001, "bye"));
  EXPECT_EQ(upstream.read_close(), close_payload(4001, "bye"));
  upstream.send(unmasked_close(4001, "bye"));
  upstream.shutdown_send();
  EXPECT_EQ(client.read_close(), close_payload(4001, "bye"));
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_EQ(upstream.read_end(), stream_end::eof);
  upstream.close();
  // No client can use up the labels that are kept for the codes of upstreams.
  EXPECT_THAT(proxy_.closes(2),
              ElementsAre("client other client close_frame", "upstream other client close_frame"));
}

TEST_F(closing, passes_upstreams_close_and_the_clients_answer_byte_for_byte) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  upstream.send(unmasked(1, "last words") + unmasked_close(1001));
  EXPECT_EQ(client.read_message().payload, "last words");
  EXPECT_EQ(client.read_message().payload, close_payload(1001));
  client.send(masked_close(1001));
  EXPECT_EQ(upstream.read_close(), close_payload(1001));
  upstream.close();
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_THAT(proxy_.closes(2),
              ElementsAre("client 1001 upstream close_frame", "upstream 1001 upstream close_frame"));
}

TEST_F(closing, brings_the_clients_answer_to_an_upstream_that_sent_its_fin_with_its_close) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  upstream.send(unmasked(2, std::string(50'000, 'x')) + unmasked_close(1011, "failed"));
  upstream.shutdown_send();
  EXPECT_EQ(client.read_close(), close_payload(1011, "failed"));
  // Half-closed is not closed: what the client sends before it answers is dropped, its Close is not.
  client.send(masked(1, "too late") + masked_close(1011));
  EXPECT_EQ(upstream.read_close(), close_payload(1011));
  EXPECT_EQ(upstream.read_end(), stream_end::eof);
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_THAT(proxy_.closes(2),
              ElementsAre("client 1011 upstream close_frame", "upstream 1011 upstream close_frame"));
}

TEST_F(closing, never_resets_a_client_that_still_sends_while_it_is_closed) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  const std::string message = masked(2, std::string(10'000, 'm'));
  client.send(message);
  (void)upstream.read_frame();
  upstream.close();
  for (int i = 0; i < 400; ++i) client.send(message);
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
  for (int i = 0; i < 400; ++i) client.send(message);
  client.send(masked_close(1014));
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_THAT(proxy_.closes(2), ElementsAre("client 1014 upstream eof", "upstream 1006 upstream eof"));
}

TEST_F(closing, finds_upstreams_close_behind_a_failed_write) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  // Unread bytes turn upstream's end into a reset right behind its Close.
  client.send(masked(1, "never read"));
  ASSERT_TRUE(upstream.readable_within(patience));
  upstream.send(unmasked(1, "before") + unmasked_close(4010, "kept"));
  upstream.close();
  client.send(masked(1, "cannot be written"));
  EXPECT_EQ(client.read_message().payload, "before");
  EXPECT_EQ(client.read_close(), close_payload(4010, "kept"));
  client.send(masked_close(4010));
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_THAT(proxy_.closes(2),
              ElementsAre("client 4010 upstream close_frame", "upstream 4010 upstream close_frame"));
}

TEST_F(closing, tells_the_client_when_upstream_ends_resets_or_dies_in_mid_message) {
  struct {
    const char* last_bytes;
    bool resets;
  } const ways[] = {{"", false},
                    {"", true},
                    {"\x01\x03"
                     "abc",
                     false},
                    {"\x81\x05"
                     "ab",
                     false},
                    {"\x81", true}};
  for (const auto& each : ways) {
    auto [client, upstream] = open_tunnel(proxy_, service_);
    upstream.send(each.last_bytes);
    if (each.resets) {
      upstream.reset();
    } else {
      upstream.close();
    }
    EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
    client.send(masked_close(1014));
    EXPECT_EQ(client.read_end(), stream_end::eof);
  }
  EXPECT_THAT(proxy_.closes(10), ElementsAre("client 1014 upstream eof", "client 1014 upstream eof",
                                             "client 1014 upstream eof", "client 1014 upstream reset",
                                             "client 1014 upstream reset", "upstream 1006 upstream eof",
                                             "upstream 1006 upstream eof", "upstream 1006 upstream eof",
                                             "upstream 1006 upstream reset", "upstream 1006 upstream reset"));
  EXPECT_EQ(proxy_.metrics().sum("lastframe_upstream_failures_total", {{"cause", "eof"}}), 3);
  EXPECT_EQ(proxy_.metrics().sum("lastframe_upstream_failures_total", {{"cause", "reset"}}), 2);
}

TEST_F(closing, lets_upstream_see_a_lost_client_as_it_would_without_a_proxy) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  client.send(masked(1, "all of this") + masked(2, "and this"));
  client.close();
  EXPECT_EQ(upstream.read_message().payload, "all of this");
  EXPECT_EQ(upstream.read_message().payload, "and this");
  EXPECT_EQ(upstream.read_end(), stream_end::eof);
  upstream.close();
  EXPECT_THAT(proxy_.closes(2), ElementsAre("client 1006 client eof", "upstream 1006 client eof"));

  auto [resetting, second] = open_tunnel(proxy_, service_);
  resetting.reset();
  EXPECT_EQ(second.read_end(), stream_end::eof);
  second.close();
  EXPECT_THAT(proxy_.closes(4), ElementsAre("client 1006 client eof", "client 1006 client reset",
                                            "upstream 1006 client eof", "upstream 1006 client reset"));
}

TEST_F(closing, gives_1002_to_a_client_that_breaks_the_protocol) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  client.send(masked(1, "good") + unmasked(1, "not masked"));
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1002));
  EXPECT_EQ(client.read_end(), stream_end::eof);
  EXPECT_EQ(upstream.read_message().payload, "good");
  EXPECT_EQ(upstream.read_end(), stream_end::eof);
  client.close();
  upstream.close();
  EXPECT_THAT(proxy_.closes(2),
              ElementsAre("client 1002 client protocol_error", "upstream 1006 client protocol_error"));
}

TEST_F(closing, gives_1002_to_an_upstream_that_breaks_the_protocol_and_1014_to_its_client) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  upstream.send(unmasked(3, "a reserved opcode"));
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
  EXPECT_EQ(upstream.read_close().substr(0, 2), close_payload(1002));
  client.send(masked_close(1014));
  client.close();
  upstream.close();
  EXPECT_THAT(proxy_.closes(2),
              ElementsAre("client 1014 upstream protocol_error", "upstream 1002 upstream protocol_error"));
}

TEST_F(closing, counts_the_code_of_a_client_that_sent_its_close_and_was_gone) {
  auto [client, upstream] = open_tunnel(proxy_, service_);
  client.send(masked_close(1001));
  client.reset();
  upstream.send(unmasked_close(1001));
  EXPECT_EQ(upstream.read_close(), close_payload(1001));
  upstream.close();
  EXPECT_THAT(proxy_.closes(2),
              ElementsAre("client 1001 client close_frame", "upstream 1001 client close_frame"));
}

TEST(closing_with_settings, answers_the_client_itself_when_upstream_does_not) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].tunnel.close_timeout = milliseconds(100);
  const proxy_under_test proxy(std::move(settings));
  auto [client, upstream] = open_tunnel(proxy, service);
  client.send(masked_close(1000, "me first"));
  EXPECT_EQ(client.read_close(), close_payload(1000, "me first"));
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_THAT(proxy.closes(2),
              ElementsAre("client 1000 client close_frame", "upstream 1000 client close_frame"));
}

TEST(closing_with_settings, tells_upstream_of_a_lost_client_with_the_code_that_its_route_names) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].tunnel.on_client_lost = 1001;
  const proxy_under_test proxy(std::move(settings));
  auto [client, upstream] = open_tunnel(proxy, service);
  client.close();
  EXPECT_EQ(upstream.read_close().substr(0, 2), close_payload(1001));
  upstream.send(unmasked_close(1001));
  upstream.close();
  EXPECT_THAT(proxy.closes(2), ElementsAre("client 1006 client eof", "upstream 1001 client eof"));
}

}  // namespace
}  // namespace lastframe::support
