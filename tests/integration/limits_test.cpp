// What limits do: to the number of connections, to messages, to silence and to time (DESIGN §3, §4, §6).
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/session/admission.hpp"
#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class limits : public testing::Test {
 protected:
  protocol::tunnel_settings& tunnel() { return settings_.routes[0].tunnel; }

  raw_service service_;
  config::settings settings_ = settings_for({service_.address()});
};

TEST_F(limits, of_connections_give_1013_and_beyond_those_being_closed_503) {
  settings_.limits.connections = 2;
  settings_.limits.closing = 1;
  const proxy_under_test proxy(std::move(settings_));
  auto first = open_tunnel(proxy, service_);
  auto second = open_tunnel(proxy, service_);

  raw_peer third = ask_upgrade(proxy.address(), "/", "Sec-WebSocket-Protocol: chat\r\n");
  EXPECT_THAT(third.read_head(), HasSubstr("\r\nSec-WebSocket-Protocol: chat\r\n"));
  EXPECT_EQ(third.read_close(), close_payload(1013, "too many connections, try again later"));

  raw_peer fourth = ask_upgrade(proxy.address());
  EXPECT_THAT(fourth.read_to_end(), StartsWith("HTTP/1.1 503 "));

  third.send(masked_close(1013));
  EXPECT_EQ(third.read_end(), stream_end::eof);
  third.close();
  EXPECT_THAT(proxy.closes(1), ElementsAre("client 1013 proxy overload"));
  EXPECT_EQ(proxy.metrics().sum("lastframe_upgrades_total", {{"result", "overload"}}), 2);

  // A place that was given back can be taken again.
  first.client.close();
  (void)first.upstream.read_end();
  first.upstream.close();
  EXPECT_EQ(proxy.closes(3).size(), 3U);
  (void)open_tunnel(proxy, service_);
}

TEST_F(limits, of_connections_are_not_used_up_by_clients_that_say_nothing) {
  settings_.limits.connections = 40;
  settings_.workers = 1;
  const proxy_under_test proxy(std::move(settings_));
  std::vector<raw_peer> silent;
  for (int i = 0; i < 45; ++i) silent.push_back(connect_to(proxy.address()));
  // Half of the places are theirs, and the longest silent have gone.
  EXPECT_EQ(silent.front().read_end(), stream_end::eof);
  (void)proxy.await("lastframe_upgrades_total", {{"result", "overload"}}, 25);
  auto tunnel = open_tunnel(proxy, service_);
  silent.back().send(upgrade_request());
  (void)service_.accept_upgrade();
  EXPECT_THAT(silent.back().read_head(), StartsWith("HTTP/1.1 101 "));
}

TEST_F(limits, of_connections_reset_clients_beyond_all_that_are_told_so) {
  settings_.limits.connections = 1;
  settings_.limits.closing = 0;
  const proxy_under_test proxy(std::move(settings_));
  const auto held = open_tunnel(proxy, service_);
  // Each holds its place until it ends, or for the second that the proxy lingers; so many come in less.
  std::vector<raw_peer> clients;
  for (int i = 0; i < 1'000; ++i) clients.push_back(connect_to(proxy.address()));
  (void)proxy.await("lastframe_upgrades_total", {{"result", "overload"}}, 1'000);
  std::size_t told = 0;
  for (raw_peer& each : clients) {
    if (!each.read_some().starts_with("HTTP/1.1 503 ")) continue;
    ++told;
    each.shutdown_send();
  }
  EXPECT_GE(told, session::admission::most_refused);
  EXPECT_LT(told, clients.size());
}

TEST_F(limits, of_memory_hold_for_requests_that_never_end) {
  settings_.workers = 1;
  settings_.limits.buffer_bytes = 40 << 10;
  const proxy_under_test proxy(std::move(settings_));
  const std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(24 << 10, 'x');
  std::vector<raw_peer> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(connect_to(proxy.address()));
    clients.back().send(endless);
  }
  (void)proxy.await([](const scrape& found) {
    return found.sum("lastframe_upgrades_total", {{"route", "none"}, {"result", "overload"}}) >= 2;
  });
  for (raw_peer& each : clients) {
    if (!each.readable_within(milliseconds(0))) continue;
    EXPECT_THAT(each.read_head(), StartsWith("HTTP/1.1 503 "));
  }
  // What waits in vain gives its memory back.
  clients.clear();
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!service_.called_within(milliseconds(0)) && std::chrono::steady_clock::now() < until) {
    clients.push_back(connect_to(proxy.address()));
    clients.back().send(upgrade_request("/", "X: " + std::string(24 << 10, 'x') + "\r\n"));
    while (!service_.called_within(milliseconds(5)) && !clients.back().readable_within(milliseconds(5))) {
    }
  }
  (void)service_.accept_upgrade();
  EXPECT_THAT(clients.back().read_head(), StartsWith("HTTP/1.1 101 "));
}

TEST_F(limits, of_connections_give_503_where_the_route_says_http) {
  settings_.limits.connections = 1;
  settings_.routes[0].on_failure = config::on_failure::http;
  const proxy_under_test proxy(std::move(settings_));
  const auto held = open_tunnel(proxy, service_);
  raw_peer refused = ask_upgrade(proxy.address());
  EXPECT_THAT(refused.read_to_end(), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(proxy.metrics().closes(), IsEmpty());
}

TEST_F(limits, of_messages_close_a_client_with_1009_at_the_header_that_goes_beyond) {
  tunnel().max_message = 1'000;
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  client.send(masked(2, std::string(1'000, 'a')) + masked(1, std::string(600, 'b'), false));
  client.send(masked(0, std::string(401, 'c')).substr(0, 8));
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1009));
  client.send(std::string(401, 'c').append(masked_close(1009)));
  EXPECT_EQ(upstream.read_frame().payload.size(), 1'000U);
  EXPECT_EQ(upstream.read_frame().payload.size(), 600U);
  const wire_frame last = upstream.read_frame();
  EXPECT_EQ(last.opcode, 8U);
  EXPECT_EQ(last.payload.substr(0, 2), close_payload(1001));
  upstream.send(unmasked_close(1001));
  upstream.close();
  client.close();
  EXPECT_THAT(proxy.closes(2),
              ElementsAre("client 1009 proxy message_too_big", "upstream 1001 proxy message_too_big"));
}

TEST_F(limits, of_messages_close_an_upstream_with_1009_and_its_client_with_1014) {
  tunnel().max_message = 1'000;
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  upstream.send(unmasked(1, "fits") + unmasked(2, std::string(1'001, 'x')));
  EXPECT_EQ(upstream.read_close().substr(0, 2), close_payload(1009));
  upstream.send(unmasked_close(1009));
  EXPECT_EQ(client.read_message().payload, "fits");
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
  client.send(masked_close(1014));
  client.close();
  upstream.close();
  EXPECT_THAT(proxy.closes(2),
              ElementsAre("client 1014 proxy message_too_big", "upstream 1009 proxy message_too_big"));
}

TEST_F(limits, of_a_tunnels_life_close_with_1012_and_then_upstream_with_1001) {
  tunnel().max_lifetime = milliseconds(100);
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1012));
  // What the client still sends before its answer is relayed.
  client.send(masked(1, "in time") + masked_close(1012));
  EXPECT_EQ(upstream.read_message().payload, "in time");
  EXPECT_EQ(upstream.read_close().substr(0, 2), close_payload(1001));
  upstream.send(unmasked_close(1001));
  upstream.close();
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_THAT(proxy.closes(2),
              ElementsAre("client 1012 proxy max_lifetime", "upstream 1001 proxy max_lifetime"));
}

TEST_F(limits, of_a_tunnels_life_wait_for_the_end_of_a_message_to_the_client) {
  tunnel().max_lifetime = milliseconds(50);
  tunnel().close_timeout = hours(1);
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  upstream.send(unmasked(1, "begin ", false));
  EXPECT_EQ(client.read_frame().payload, "begin ");
  EXPECT_FALSE(client.readable_within(milliseconds(200)));
  upstream.send(unmasked(0, "end"));
  EXPECT_EQ(client.read_frame().payload, "end");
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1012));
}

TEST_F(limits, of_a_clients_silence_count_a_ping_without_a_pong) {
  tunnel().client_keepalive = {milliseconds(30), milliseconds(60)};
  tunnel().close_timeout = milliseconds(100);
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  EXPECT_EQ(client.read_frame().opcode, 9U);
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1011));
  EXPECT_EQ(upstream.read_end(), stream_end::eof);
  upstream.close();
  // A client that is there but mute took the Close; one that is gone would be counted as 1006.
  EXPECT_THAT(proxy.closes(2),
              ElementsAre("client 1011 client ping_timeout", "upstream 1006 client ping_timeout"));
  (void)client.read_end();
}

TEST_F(limits, of_upstreams_silence_tell_both_sides) {
  tunnel().upstream_keepalive = {milliseconds(30), milliseconds(60)};
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
  client.send(masked_close(1014));
  client.close();
  EXPECT_EQ(upstream.read_frame().opcode, 9U);
  EXPECT_EQ(upstream.read_close().substr(0, 2), close_payload(1011));
  upstream.send(unmasked_close(1011));
  upstream.close();
  EXPECT_THAT(proxy.closes(2),
              ElementsAre("client 1014 upstream ping_timeout", "upstream 1011 upstream ping_timeout"));
}

TEST_F(limits, of_silence_never_end_peers_that_answer) {
  tunnel().client_keepalive = {milliseconds(10), std::chrono::seconds(20)};
  tunnel().upstream_keepalive = {milliseconds(10), std::chrono::seconds(20)};
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  for (int i = 0; i < 20; ++i) {
    client.send(masked(10, client.read_frame().payload));
    upstream.send(unmasked(10, upstream.read_frame().payload));
  }
  client.send(masked(1, "still here"));
  for (;;) {
    const wire_frame frame = upstream.read_frame();
    if (frame.opcode == 9) continue;
    EXPECT_EQ(frame.payload, "still here");
    break;
  }
  EXPECT_GE(proxy.metrics().sum("lastframe_pings_total"), 40);
  EXPECT_THAT(proxy.metrics().closes(), IsEmpty());
}

TEST_F(limits, of_a_clients_patience_reset_one_that_takes_nothing) {
  tunnel().write_timeout = milliseconds(200);
  const proxy_under_test proxy(std::move(settings_));
  raw_peer client = connect_to(proxy.address(), 4'096);
  client.send(upgrade_request());
  raw_peer upstream = service_.accept_upgrade();
  EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));
  const std::string message = unmasked(2, std::string(1 << 20, 'm'));
  std::size_t sent = 0;
  while (!upstream.stays_blocked(milliseconds(50))) sent += upstream.send_some(message);
  EXPECT_GT(sent, 10'000U);
  EXPECT_THAT(proxy.closes(2),
              ElementsAre("client 1006 client write_timeout", "upstream 1006 client write_timeout"));
  EXPECT_EQ(client.read_end(), stream_end::reset);
}

TEST_F(limits, of_upstreams_patience_reset_it_and_tell_the_client) {
  raw_service slow("127.0.0.1", 4'096);
  config::settings settings = settings_for({slow.address()});
  settings.routes[0].tunnel.write_timeout = milliseconds(200);
  const proxy_under_test proxy(std::move(settings));
  auto [client, upstream] = open_tunnel(proxy, slow);
  const std::string message = masked(2, std::string(1 << 20, 'm'));
  while (!client.stays_blocked(milliseconds(50))) (void)client.send_some(message);
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
  client.close();
  EXPECT_EQ(upstream.read_end(), stream_end::reset);
  EXPECT_THAT(proxy.closes(2),
              ElementsAre("client 1014 upstream write_timeout", "upstream 1006 upstream write_timeout"));
}

}  // namespace
}  // namespace lastframe::support
