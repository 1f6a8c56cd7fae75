// Requests that never become a tunnel, and answers of upstream's that are none (DESIGN §3).
#include <chrono>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class refusing : public testing::Test {
 protected:
  /// What a client that sends these bytes gets, up to the connection's orderly end.
  std::string answer_to(const std::string& bytes) const {
    raw_peer client = connect_to(proxy_.address());
    client.send(bytes);
    return client.read_to_end();
  }

  raw_service service_;
  proxy_under_test proxy_{settings_for({service_.address()})};
};

TEST_F(refusing, answers_400_to_what_is_not_http) {
  EXPECT_THAT(answer_to("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to(std::string(300, '\0')), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("GET / HTTP/1.1\nHost: a\n\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(proxy_.metrics().sum("lastframe_upgrades_total", {{"route", "none"}, {"result", "invalid"}}), 3);
}

TEST_F(refusing, answers_400_to_an_upgrade_with_a_short_key_or_a_body) {
  std::string request = upgrade_request();
  request.replace(request.find(sample_key), sample_key.size(), "c2hvcnQ=");
  EXPECT_THAT(answer_to(request), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to(upgrade_request("/", "Content-Length: 3\r\n") + "abc"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(proxy_.metrics().closes(), IsEmpty());
}

TEST_F(refusing, answers_426_to_another_version_and_to_plain_http) {
  std::string request = upgrade_request();
  request.replace(request.find("Version: 13"), 11, "Version: 12");
  const std::string answer = answer_to(request);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 426 "));
  EXPECT_THAT(answer, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 426 "));
}

TEST_F(refusing, answers_431_to_a_head_that_is_too_large) {
  EXPECT_THAT(answer_to(upgrade_request("/", "X: " + std::string(40 << 10, 'x') + "\r\n")),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(refusing, sends_its_whole_answer_to_a_client_that_goes_on_sending) {
  raw_peer client = connect_to(proxy_.address());
  client.send("nonsense\r\n\r\n");
  for (int i = 0; i < 50; ++i) client.send(std::string(10'000, 'x'));
  EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 400 "));
  client.shutdown_send();
  EXPECT_EQ(client.read_end(), stream_end::eof);
}

TEST(refusing_with_settings, passes_a_body_larger_than_all_that_may_be_held) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.workers = 1;
  settings.limits.buffer_bytes = 8 << 10;
  const proxy_under_test proxy(std::move(settings));
  raw_peer client = ask_upgrade(proxy.address());
  raw_peer upstream = service.accept();
  (void)upstream.read_head();
  const std::string body(3 << 20, 'b');
  auto sending = std::async(std::launch::async, [&] {
    upstream.send("HTTP/1.1 403 No\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  const std::string answer = client.read_to_end();
  sending.get();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 No\r\n"));
  EXPECT_TRUE(answer.ends_with(body));
}

TEST(refusing_with_settings, answers_408_only_to_a_head_that_has_begun) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.limits.header_timeout = milliseconds(50);
  const proxy_under_test proxy(std::move(settings));
  raw_peer silent = connect_to(proxy.address());
  raw_peer slow = connect_to(proxy.address());
  slow.send("GET / HTTP/1.1\r\nHost:");
  EXPECT_THAT(slow.read_head(), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(silent.read_to_end(), IsEmpty());
  EXPECT_EQ(proxy.metrics().sum("lastframe_upgrades_total"), 1);
  EXPECT_THAT(proxy.metrics().closes(), IsEmpty());
}

TEST(refusing_with_settings, answers_404_where_no_route_takes_the_request) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].match = {.host = "", .path = "/ws"};
  const proxy_under_test proxy(std::move(settings));
  raw_peer client = ask_upgrade(proxy.address(), "/wss");
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(proxy.metrics().closes(), IsEmpty());
  (void)ask_upgrade(proxy.address(), "/ws/deeper");
  EXPECT_TRUE(service.called_within(patience));
}

/// What reaches a client for whose upgrade upstream answers with these bytes and ends.
std::string relayed(const proxy_under_test& proxy, raw_service& service, const std::string& answer,
                    const std::string& ahead = {}) {
  raw_peer client = connect_to(proxy.address());
  client.send(upgrade_request() + ahead);
  raw_peer upstream = service.accept();
  (void)upstream.read_head();
  upstream.send(answer);
  upstream.close();
  return client.read_to_end();
}

TEST_F(refusing, passes_redirects_and_refusals_with_their_bodies_unaltered) {
  EXPECT_EQ(relayed(proxy_, service_, "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"),
            "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(
      relayed(proxy_, service_,
              "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 6\r\nConnection: "
              "keep-alive\r\n\r\nlog in",
              masked(1, "discarded")),
      "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 6\r\nConnection: close\r\n\r\nlog in");
  const std::string chunks = "4\r\nsome\r\n6;ext=1\r\nchunks\r\n0\r\nTrailer: x\r\n\r\n";
  EXPECT_EQ(
      relayed(proxy_, service_, "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks),
      "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks);
  EXPECT_EQ(relayed(proxy_, service_, "HTTP/1.1 200 OK\r\n\r\nuntil the end"),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
  EXPECT_EQ(proxy_.metrics().sum("lastframe_upgrades_total", {{"route", "r"}, {"result", "refused"}}), 4);
  EXPECT_THAT(proxy_.metrics().closes(), IsEmpty());
}

TEST_F(refusing, streams_a_large_answer) {
  const std::string body(3 << 20, 'b');
  const std::string head =
      "HTTP/1.1 403 Forbidden\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  raw_peer client = ask_upgrade(proxy_.address());
  raw_peer upstream = service_.accept();
  (void)upstream.read_head();
  std::string_view rest = body;
  upstream.send(head + "\r\n");
  std::string got = client.read_head();
  while (!rest.empty()) {
    rest.remove_prefix(upstream.send_some(rest));
    if (client.readable_within(milliseconds(0))) got += client.read_some();
  }
  upstream.close();
  got += client.read_to_end();
  EXPECT_TRUE(got == head + "Connection: close\r\n\r\n" + body);
}

TEST_F(refusing, ends_the_connection_where_upstreams_answer_breaks_off) {
  raw_peer client = ask_upgrade(proxy_.address());
  raw_peer upstream = service_.accept();
  (void)upstream.read_head();
  upstream.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nhalf");
  upstream.close();
  (void)client.read_head();
  EXPECT_EQ(client.read_bytes(4), "half");
  (void)client.read_end();
}

TEST_F(refusing, drops_interim_answers) {
  raw_peer client = ask_upgrade(proxy_.address());
  raw_peer upstream = service_.accept();
  (void)upstream.read_head();
  upstream.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                upgrade_answer() + unmasked(1, "hello"));
  EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));
  EXPECT_EQ(client.read_message().payload, "hello");
}

TEST_F(refusing, counts_a_client_that_left_before_the_101_as_aborted_and_nothing_closed) {
  raw_peer client = ask_upgrade(proxy_.address());
  raw_peer upstream = service_.accept();
  (void)upstream.read_head();
  client.close();
  upstream.send(upgrade_answer());
  (void)upstream.read_end();
  (void)proxy_.await("lastframe_upgrades_total", {{"result", "aborted"}}, 1);
  EXPECT_THAT(proxy_.metrics().closes(), IsEmpty());
}

}  // namespace
}  // namespace lastframe::support
