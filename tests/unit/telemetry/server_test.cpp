#include "telemetry/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/telemetry/server_fixture.hpp"

namespace lastframe::telemetry {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::HasSubstr;

TEST_F(telemetry_server, serves_metrics_in_prometheus_text_format) {
  start();
  const http_answer answer = get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer.body, HasSubstr("lastframe_build_info{version=\"1.2.3\"} 1\n"));
}

TEST_F(telemetry_server, counts_delivered_scrapes_and_when_they_began) {
  start();
  EXPECT_FALSE(server_->scraped());
  EXPECT_EQ(server_->last_scrape(), std::chrono::steady_clock::time_point{});
  (void)get("/healthz");
  EXPECT_EQ(server_->scrapes(), 0U);
  const auto before = std::chrono::steady_clock::now();
  http_client client{server_->port()};
  (void)client.ask("/metrics");
  (void)client.ask("/metrics");
  (void)client.ask("/healthz");  // answered after the scrape before it was noted
  EXPECT_EQ(server_->scrapes(), 2U);
  EXPECT_TRUE(server_->scraped());
  EXPECT_GE(server_->last_scrape(), before);
  EXPECT_LE(server_->last_scrape(), std::chrono::steady_clock::now());
}

TEST_F(telemetry_server, is_healthy_in_every_phase_and_ready_only_while_serving) {
  start();
  state_ = phase::starting;
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/healthz").status, 200);
  state_ = phase::serving;
  EXPECT_EQ(get("/readyz").status, 200);
  state_ = phase::draining;
  const http_answer answer = get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "draining\n");
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(telemetry_server, answers_404_to_other_paths_and_405_to_other_methods) {
  start();
  http_client client{server_->port()};
  EXPECT_EQ(client.ask("/nothing").status, 404);
  EXPECT_EQ(client.ask("/metricsx").status, 404);
  const http_answer answer = client.ask("/metrics", "DELETE");
  EXPECT_EQ(answer.status, 405);
  EXPECT_THAT(answer.head, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_EQ(client.ask("/metrics?x=y").status, 200);
}

TEST_F(telemetry_server, answers_a_post_with_a_body_and_reads_on_behind_it) {
  start();
  http_client client{server_->port()};
  client.send(
      "POST /readyz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhelloGET /healthz "
      "HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 405);
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST_F(telemetry_server, answers_head_with_the_length_and_no_body) {
  start();
  http_client client{server_->port()};
  const http_answer answer = client.ask("/healthz", "HEAD");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_EQ(client.ask("/healthz").body, "ok\n");
}

TEST_F(telemetry_server, closes_when_asked_to_and_after_http_1_0) {
  start();
  http_client first{server_->port()};
  EXPECT_EQ(first.ask("/healthz", "GET", "Connection: close\r\n").status, 200);
  EXPECT_TRUE(first.reads_end());
  http_client second{server_->port()};
  second.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(second.read_answer().status, 200);
  EXPECT_TRUE(second.reads_end());
}

TEST_F(telemetry_server, answers_400_to_what_is_not_http_and_closes) {
  start();
  http_client client{server_->port()};
  client.send("\x16\x03\x01 hello\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 400);
  EXPECT_TRUE(client.reads_end());
}

TEST_F(telemetry_server, cuts_a_request_that_does_not_arrive_in_time) {
  options_.io_timeout = milliseconds{50};
  start();
  http_client client{server_->port()};
  client.send("GET /met");
  EXPECT_TRUE(client.reads_end());
}

TEST_F(telemetry_server, cuts_a_connection_that_asks_nothing) {
  options_.idle_timeout = milliseconds{50};
  start();
  http_client client{server_->port()};
  EXPECT_EQ(client.ask("/healthz").status, 200);
  EXPECT_TRUE(client.reads_end());
}

TEST_F(telemetry_server, closes_the_longest_idle_connection_to_make_room_for_a_new_one) {
  options_.connections = 2;
  start();
  http_client first{server_->port()};
  EXPECT_EQ(first.ask("/healthz").status, 200);
  http_client second{server_->port()};
  EXPECT_EQ(second.ask("/healthz").status, 200);
  http_client third{server_->port()};
  EXPECT_EQ(third.ask("/healthz").status, 200);
  EXPECT_TRUE(first.reads_end());
  EXPECT_EQ(second.ask("/healthz").status, 200);
}

TEST_F(telemetry_server, serves_the_page_under_a_policy_without_anything_inline) {
  start();
  const http_answer page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.head, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page.head, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self';"));
  EXPECT_THAT(page.head, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_EQ(get("/script.js").status, 200);
  EXPECT_EQ(json::parse(get("/status").body).at("version"), "1.2.3");
}

TEST_F(telemetry_server, hides_closes_when_details_are_off) {
  options_.details = details::never;
  start();
  EXPECT_EQ(get("/closes").status, 403);
}

TEST_F(telemetry_server, hides_closes_on_an_address_that_others_can_reach) {
  options_.host = "0.0.0.0";
  start();
  EXPECT_EQ(get("/closes").status, 403);
  options_.details = details::always;
  start();
  EXPECT_EQ(get("/closes").status, 200);
}

TEST_F(telemetry_server, hides_closes_from_a_page_that_reaches_loopback_by_a_name_of_its_own) {
  start();
  http_client client{server_->port()};
  EXPECT_EQ(client.ask("/closes", "GET", "Host: rebound.example.com\r\n").status, 403);
  EXPECT_EQ(client.ask("/closes", "GET", "Host: localhost:10014\r\n").status, 200);
  EXPECT_EQ(client.ask("/closes", "GET", "Host: 127.0.0.1:10014\r\n").status, 200);
  EXPECT_EQ(client.ask("/closes", "GET", "Host: [::1]:10014\r\n").status, 200);
}

TEST_F(telemetry_server, says_what_to_do_when_its_address_is_taken) {
  start();
  server_options taken;
  taken.port = server_->port();
  try {
    const server second{taken, exporter_, state_, {}};
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:" + std::to_string(taken.port)));
    EXPECT_THAT(error.what(), HasSubstr("Address already in use"));
    EXPECT_THAT(error.what(), HasSubstr("set telemetry.address to another port"));
  }
}

TEST_F(telemetry_server, says_what_to_do_when_its_address_is_not_this_machine_s) {
  server_options elsewhere;
  elsewhere.host = "192.0.2.1";
  try {
    const server none{elsewhere, exporter_, state_, {}};
    FAIL() << "listens on an address of another machine";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("set telemetry.address to an address of this machine"));
  }
}

}  // namespace
}  // namespace lastframe::telemetry
