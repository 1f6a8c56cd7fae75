// Upstreams that fail before the upgrade, and what their clients get in place of a bare 1006 (DESIGN §3).
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Reads a 101 and a Close with that code, answers it, and sees an orderly end.
void expect_closed(raw_peer& client, unsigned code) {
  EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));
  const std::string close = client.read_close();
  EXPECT_EQ(close.substr(0, 2), close_payload(code));
  EXPECT_GT(close.size(), 2U) << "a reason is missing";
  client.send(masked_close(code));
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
}

/// Lets upstream answer one upgrade with these bytes and end.
void answer_and_end(raw_service& service, const std::string& answer) {
  raw_peer upstream = service.accept();
  (void)upstream.read_head();
  upstream.send(answer);
  upstream.shutdown_send();
  (void)upstream.read_end();
}

class failing : public testing::Test {
 protected:
  raw_service service_;
  proxy_under_test proxy_{settings_for({service_.address()})};
};

TEST_F(failing, closes_with_1014_and_the_first_subprotocol_when_upstream_refuses) {
  service_.stop();
  raw_peer client = ask_upgrade(proxy_.address(), "/", "Sec-WebSocket-Protocol: first, second\r\n");
  const std::string head = client.read_head();
  EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Protocol: first\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Accept: " + std::string(sample_accept) + "\r\n"));
  EXPECT_EQ(client.read_close(), close_payload(1014, "upstream refused the connection"));
  client.send(masked_close(1014));
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_THAT(proxy_.closes(1), ElementsAre("client 1014 upstream connect_failed"));
  const scrape found = proxy_.metrics();
  EXPECT_EQ(found.sum("lastframe_upgrades_total", {{"result", "failed"}}), 1);
  EXPECT_EQ(found.sum("lastframe_upstream_failures_total",
                      {{"endpoint", service_.address()}, {"cause", "connect_failed"}}),
            1);
  EXPECT_EQ(found.sum("lastframe_tunnels"), 0);
}

TEST_F(failing, drops_what_the_client_sent_ahead_and_still_reads_its_close) {
  service_.stop();
  raw_peer client = connect_to(proxy_.address());
  client.send(upgrade_request() + masked(1, "ahead") + masked(2, std::string(9'000, 'a')));
  expect_closed(client, 1014);
  EXPECT_THAT(proxy_.closes(1), ElementsAre("client 1014 upstream connect_failed"));
}

TEST_F(failing, closes_with_1014_for_every_answer_that_is_no_upgrade_and_no_refusal) {
  std::string wrong_accept = upgrade_answer();
  wrong_accept.replace(wrong_accept.find(sample_accept), 4, "AAAA");
  const std::string answers[] = {
      "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops",
      "HTTP/1.1 503 Busy\r\n\r\n",
      "SSH-2.0-not-http\r\n\r\n",
      "HTTP/1.1 101 Switching",
      "",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      wrong_accept,
      upgrade_answer("Sec-WebSocket-Protocol: never-offered\r\n"),
      upgrade_answer("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
  };
  std::size_t n = 0;
  for (const std::string& answer : answers) {
    raw_peer client = ask_upgrade(proxy_.address());
    answer_and_end(service_, answer);
    expect_closed(client, 1014);
    EXPECT_EQ(proxy_.closes(++n).back(), "client 1014 upstream bad_response") << answer;
  }
  const scrape found = proxy_.metrics();
  EXPECT_EQ(found.sum("lastframe_closes_total", {{"cause", "bad_response"}}), n);
  EXPECT_EQ(found.sum("lastframe_upstream_failures_total", {{"cause", "bad_response"}}), n);
}

TEST_F(failing, counts_a_client_that_left_before_upstream_failed_as_aborted_and_nothing_closed) {
  raw_peer client = ask_upgrade(proxy_.address());
  raw_peer upstream = service_.accept();
  (void)upstream.read_head();
  client.close();
  upstream.close();
  (void)proxy_.await("lastframe_upgrades_total", {{"result", "aborted"}}, 1);
  EXPECT_THAT(proxy_.metrics().closes(), IsEmpty());
}

TEST(failing_with_settings, gives_up_on_an_upstream_that_does_not_answer_the_upgrade) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].upstream.handshake_timeout = milliseconds(100);
  const proxy_under_test proxy(std::move(settings));
  raw_peer client = ask_upgrade(proxy.address());
  raw_peer upstream = service.accept();
  upstream.send("HTTP/1.1 101 Switching Protocols\r\n");
  expect_closed(client, 1014);
  (void)upstream.read_end();
  EXPECT_THAT(proxy.closes(1), ElementsAre("client 1014 upstream handshake_timeout"));
  EXPECT_EQ(proxy.metrics().sum("lastframe_upstream_failures_total", {{"cause", "handshake_timeout"}}), 1);
}

TEST(failing_with_settings, gives_up_on_an_upstream_that_does_not_accept) {
  raw_service service;
  service.fill_backlog();
  config::settings settings = settings_for({service.address()});
  settings.routes[0].upstream.connect_timeout = milliseconds(100);
  const proxy_under_test proxy(std::move(settings));
  raw_peer client = ask_upgrade(proxy.address());
  expect_closed(client, 1014);
  EXPECT_THAT(proxy.closes(1), ElementsAre("client 1014 upstream connect_timeout"));
  EXPECT_EQ(proxy.metrics().sum("lastframe_upstream_failures_total", {{"cause", "connect_timeout"}}), 1);
}

TEST(failing_with_settings, closes_with_the_code_that_its_route_names) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].tunnel.failure_code = 1011;
  service.stop();
  const proxy_under_test proxy(std::move(settings));
  raw_peer client = ask_upgrade(proxy.address());
  expect_closed(client, 1011);
  EXPECT_THAT(proxy.closes(1), ElementsAre("client 1011 upstream connect_failed"));
}

TEST(failing_with_settings, answers_in_http_where_the_route_says_so) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].on_failure = config::on_failure::http;
  settings.routes[0].upstream.handshake_timeout = milliseconds(100);
  const proxy_under_test proxy(std::move(settings));

  raw_peer unanswered = ask_upgrade(proxy.address());
  const raw_peer upstream = service.accept();
  EXPECT_THAT(unanswered.read_to_end(), StartsWith("HTTP/1.1 504 "));

  raw_peer told = ask_upgrade(proxy.address());
  answer_and_end(service, "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nlater");
  EXPECT_EQ(told.read_to_end(),
            "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlater");

  service.stop();
  raw_peer refused = ask_upgrade(proxy.address());
  EXPECT_THAT(refused.read_to_end(), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(proxy.metrics().sum("lastframe_upgrades_total", {{"result", "failed"}}), 3);
  EXPECT_THAT(proxy.metrics().closes(), IsEmpty());
}

TEST(failing_with_settings, slows_clients_that_come_back_at_once_but_not_a_single_failure) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].tunnel.failure_delay = std::chrono::hours(1);
  settings.workers = 1;
  service.stop();
  const proxy_under_test proxy(std::move(settings));
  // The first few are answered at once; what comes while the route keeps failing waits.
  std::size_t answered = 0;
  std::vector<raw_peer> waiting;
  while (waiting.empty() && answered < 100) {
    raw_peer client = ask_upgrade(proxy.address());
    (void)proxy.await("lastframe_upstream_failures_total", {}, static_cast<double>(answered + 1));
    if (client.readable_within(milliseconds(1'000))) {
      expect_closed(client, 1014);
      ++answered;
    } else {
      waiting.push_back(std::move(client));
    }
  }
  EXPECT_GE(answered, 1U);
  EXPECT_LT(answered, 100U);
}

}  // namespace
}  // namespace lastframe::support
