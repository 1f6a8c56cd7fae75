// A drain as its clients see it: asked, awaited, then forced (DESIGN §4, §8).
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class draining : public testing::Test {
 protected:
  draining() {
    settings_.drain.spread = milliseconds(0);
    settings_.drain.deadline = seconds(60);
  }

  raw_service service_;
  config::settings settings_ = settings_for({service_.address()});
};

/// Answers the proxy's Closes on both sides, the client's first.
void agree(tunnel_ends& ends, unsigned code) {
  EXPECT_EQ(ends.client.read_close().substr(0, 2), close_payload(code));
  ends.client.send(masked_close(code));
  EXPECT_EQ(ends.upstream.read_close().substr(0, 2), close_payload(1001));
  ends.upstream.send(unmasked_close(1001));
  ends.upstream.close();
  EXPECT_EQ(ends.client.read_end(), stream_end::eof);
  ends.client.close();
}

/// Whether nobody listens any more: each worker has been told of the drain then.
bool refuses_soon(const proxy_under_test& proxy) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    try {
      raw_peer late = connect_to(proxy.address());
      (void)late.readable_within(milliseconds(10));
    } catch (const std::system_error& error) {
      if (error.code() == std::errc::connection_refused) return true;
    }
  }
  return false;
}

TEST_F(draining, gives_every_client_1012_and_ends_when_all_have_answered) {
  proxy_under_test proxy(std::move(settings_));
  std::vector<tunnel_ends> tunnels;
  for (int i = 0; i < 20; ++i) tunnels.push_back(open_tunnel(proxy, service_));
  proxy.begin_drain();
  for (tunnel_ends& each : tunnels) agree(each, 1012);
  EXPECT_THAT(proxy.closes(40), Each(HasSubstr(" proxy drain")));
  EXPECT_LT(proxy.end_drain(), seconds(50));
  const scrape found = proxy.metrics();
  EXPECT_EQ(found.sum("lastframe_closes_total", {{"leg", "client"}, {"code", "1012"}}), 20);
  EXPECT_EQ(found.sum("lastframe_closes_total", {{"leg", "upstream"}, {"code", "1001"}}), 20);
  EXPECT_EQ(found.sum("lastframe_drain_forced_closes_total"), 0);
  EXPECT_EQ(found.sum("lastframe_draining"), 1);
  EXPECT_EQ(found.sum("lastframe_tunnels"), 0);
}

TEST_F(draining, is_not_ready_and_refuses_new_connections) {
  proxy_under_test proxy(std::move(settings_));
  int status = 0;
  (void)proxy.page("/readyz", &status);
  EXPECT_EQ(status, 200);
  tunnel_ends ends = open_tunnel(proxy, service_);
  proxy.begin_drain();
  EXPECT_EQ(ends.client.read_close().substr(0, 2), close_payload(1012));
  (void)proxy.page("/readyz", &status);
  EXPECT_EQ(status, 503);
  // The listeners go before the Closes, one worker's soon after the other's.
  EXPECT_TRUE(refuses_soon(proxy));
  ends.client.send(masked_close(1012));
  (void)ends.upstream.read_close();
  ends.upstream.close();
  ends.client.close();
  (void)proxy.closes(2);
  (void)proxy.end_drain();
}

TEST_F(draining, still_serves_until_its_delay_is_over) {
  settings_.drain.delay = milliseconds(300);
  proxy_under_test proxy(std::move(settings_));
  proxy.begin_drain();
  int status = 200;
  while (status == 200) (void)proxy.page("/readyz", &status);
  tunnel_ends ends = open_tunnel(proxy, service_);
  agree(ends, 1012);
  (void)proxy.closes(2);
  EXPECT_GE(proxy.end_drain(), milliseconds(300));
}

TEST_F(draining, lets_handshakes_under_way_finish_and_closes_their_tunnels) {
  proxy_under_test proxy(std::move(settings_));
  const tunnel_ends held = open_tunnel(proxy, service_);
  raw_peer asked = ask_upgrade(proxy.address());
  raw_peer upstream = service_.accept();
  (void)upstream.read_head();
  raw_peer begun = connect_to(proxy.address());
  begun.send("GET / HTTP/1.1\r\n");
  proxy.begin_drain();
  (void)proxy.await("lastframe_draining", {}, 1);

  upstream.send(upgrade_answer() + unmasked(1, "hello"));
  EXPECT_THAT(asked.read_head(), StartsWith("HTTP/1.1 101 "));
  EXPECT_EQ(asked.read_message().payload, "hello");
  tunnel_ends ends{std::move(asked), std::move(upstream)};
  agree(ends, 1012);
  begun.send(upgrade_request().substr(std::string("GET / HTTP/1.1\r\n").size()));
  raw_peer late = service_.accept_upgrade();
  EXPECT_THAT(begun.read_head(), StartsWith("HTTP/1.1 101 "));
  tunnel_ends second{std::move(begun), std::move(late)};
  agree(second, 1012);
  EXPECT_EQ(proxy.closes(4).size(), 4U);
}

TEST_F(draining, waits_for_the_end_of_a_message_to_the_client) {
  proxy_under_test proxy(std::move(settings_));
  auto ends = open_tunnel(proxy, service_);
  ends.upstream.send(unmasked(1, "first ", false));
  EXPECT_EQ(ends.client.read_frame().payload, "first ");
  proxy.begin_drain();
  (void)proxy.await("lastframe_draining", {}, 1);
  EXPECT_FALSE(ends.client.readable_within(milliseconds(100)));
  ends.upstream.send(unmasked(0, "last"));
  EXPECT_EQ(ends.client.read_frame().payload, "last");
  agree(ends, 1012);
}

TEST_F(draining, cuts_and_counts_what_has_not_ended_at_its_deadline) {
  settings_.drain.deadline = milliseconds(300);
  proxy_under_test proxy(std::move(settings_));
  auto mute = open_tunnel(proxy, service_);
  proxy.begin_drain();
  EXPECT_EQ(mute.client.read_close().substr(0, 2), close_payload(1012));
  EXPECT_LT(proxy.end_drain(), seconds(20));
  EXPECT_EQ(mute.upstream.read_end(), stream_end::reset);
  // The client took its Close and was cut while it might still have answered.
  EXPECT_THAT(proxy.closes(2), ElementsAre("client 1012 proxy drain", "upstream 1006 proxy drain"));
  EXPECT_EQ(proxy.metrics().sum("lastframe_drain_forced_closes_total"), 1);
}

TEST_F(draining, ends_at_its_deadline_whatever_is_still_to_become_a_tunnel) {
  settings_.drain.deadline = milliseconds(200);
  std::optional<proxy_under_test> proxy(std::in_place, std::move(settings_));
  raw_peer begun = connect_to(proxy->address());
  begun.send("GET / HTTP/1.1\r\n");
  raw_peer asked = ask_upgrade(proxy->address());
  raw_peer upstream = service_.accept();
  proxy->begin_drain();
  EXPECT_LT(proxy->end_drain(), seconds(4));
  // One that is answered too late opens no tunnel that nobody would count.
  upstream.send(upgrade_answer());
  proxy.reset();
  EXPECT_EQ(begun.read_some(), "");
  EXPECT_EQ(asked.read_some(), "");
}

TEST_F(draining, ends_the_wait_of_clients_whose_upstream_keeps_failing) {
  settings_.routes[0].tunnel.failure_delay = std::chrono::hours(1);
  settings_.workers = 1;
  service_.stop();
  proxy_under_test proxy(std::move(settings_));
  std::vector<raw_peer> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(ask_upgrade(proxy.address()));
  (void)proxy.await("lastframe_upstream_failures_total", {}, 10);
  proxy.begin_drain();
  std::size_t told = 0;
  for (raw_peer& each : clients) {
    (void)each.read_head();
    const std::string code = each.read_close().substr(0, 2);
    if (code == close_payload(1012)) ++told;
    each.send(masked_close(1000));
    each.close();
  }
  // The first few, before the upstream kept failing, were answered at once.
  EXPECT_GE(told, 1U);
  EXPECT_EQ(proxy.await("lastframe_closes_total", {}, 10).sum("lastframe_closes_total", {{"cause", "drain"}}),
            static_cast<double>(told));
  EXPECT_LT(proxy.end_drain(), seconds(50));
}

TEST_F(draining, gives_1012_also_to_clients_whose_upstream_ends_first) {
  settings_.drain.spread = milliseconds(50);
  proxy_under_test proxy(std::move(settings_));
  auto ends = open_tunnel(proxy, service_);
  ends.upstream.send(unmasked(1, "unfinished", false));
  (void)ends.client.read_frame();
  proxy.begin_drain();
  ASSERT_TRUE(refuses_soon(proxy));
  ends.upstream.close();
  EXPECT_EQ(ends.client.read_close().substr(0, 2), close_payload(1012));
  ends.client.send(masked_close(1012));
  ends.client.close();
  EXPECT_THAT(proxy.closes(2), ElementsAre("client 1012 proxy drain", "upstream 1006 proxy drain"));
}

TEST_F(draining, shows_its_last_close_to_one_scrape_more_if_it_was_scraped_before) {
  proxy_under_test proxy(settings_);
  tunnel_ends ends = open_tunnel(proxy, service_);
  (void)proxy.metrics();
  proxy.begin_drain();
  agree(ends, 1012);
  // The tunnel is over, which /closes shows without counting as a scrape.
  while (proxy.page("/closes").find("\"initiator\":\"proxy\"") == std::string::npos) {
  }
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_FALSE(proxy.drained());
  EXPECT_LT(proxy.end_drain(), seconds(50));

  proxy_under_test unscraped(std::move(settings_));
  unscraped.begin_drain();
  const auto until = std::chrono::steady_clock::now() + seconds(50);
  while (!unscraped.drained() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_TRUE(unscraped.drained());
}

TEST_F(draining, serves_clients_that_waited_in_the_backlog) {
  for (int round = 0; round < 20; ++round) {
    config::settings settings = settings_;
    proxy_under_test proxy(std::move(settings));
    raw_peer client = ask_upgrade(proxy.address());
    proxy.begin_drain();
    tunnel_ends ends{std::move(client), service_.accept_upgrade()};
    EXPECT_THAT(ends.client.read_head(), StartsWith("HTTP/1.1 101 "));
    agree(ends, 1012);
    (void)proxy.end_drain();
  }
}

}  // namespace
}  // namespace lastframe::support
