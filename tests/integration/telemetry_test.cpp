// What a running proxy says of its tunnels: /metrics, /closes, and the access log (DESIGN §5, §8).
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using nlohmann::json;
using testing::SizeIs;

/// The standard output of the process, which the access log is written to, turned to a file meanwhile.
class captured_output {
 public:
  captured_output() : file_(std::tmpfile()), before_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    ::dup2(::fileno(file_), STDOUT_FILENO);
  }
  ~captured_output() { restore(); }
  captured_output(const captured_output&) = delete;
  captured_output& operator=(const captured_output&) = delete;

  /// Ends the capture and returns what was written.
  std::vector<std::string> lines() {
    restore();
    std::vector<std::string> out;
    std::rewind(file_);
    std::string line;
    for (int c = 0; (c = std::fgetc(file_)) != EOF;) {
      if (c != '\n') {
        line += static_cast<char>(c);
      } else {
        out.push_back(std::exchange(line, {}));
      }
    }
    return out;
  }

 private:
  void restore() {
    if (before_ < 0) return;
    std::fflush(stdout);
    ::dup2(before_, STDOUT_FILENO);
    ::close(std::exchange(before_, -1));
  }

  std::FILE* file_;
  int before_;
};

/// A tunnel with a message each way that upstream closes with 4002 and a reason.
void play(const proxy_under_test& proxy, raw_service& service) {
  auto ends = open_tunnel(proxy, service,
                          {.path = "/room?token=secret",
                           .request_fields = "Sec-WebSocket-Protocol: secret-token, chat\r\n",
                           .answer_fields = "Sec-WebSocket-Protocol: chat\r\n"});
  ends.client.send(masked(1, "four"));
  (void)ends.upstream.read_frame();
  ends.upstream.send(unmasked(2, "seven..") + unmasked_close(4002, "be \"gone\"\n"));
  (void)ends.client.read_close();
  ends.client.send(masked_close(4002));
  (void)ends.upstream.read_close();
  ends.upstream.close();
  (void)ends.client.read_end();
  ends.client.close();
  (void)proxy.closes(2);
}

void expect_describes(const json& line, const raw_service& service) {
  EXPECT_EQ(line.at("route"), "r");
  EXPECT_EQ(line.at("upstream"), service.address());
  EXPECT_EQ(line.at("host"), "service.test");
  EXPECT_EQ(line.at("path"), "/room");
  EXPECT_EQ(line.at("subprotocol"), "chat");
  EXPECT_EQ(line.at("messages_to_client"), 1);
  EXPECT_EQ(line.at("bytes_to_client"), 7);
  EXPECT_EQ(line.at("messages_to_upstream"), 1);
  EXPECT_EQ(line.at("bytes_to_upstream"), 4);
  EXPECT_EQ(line.at("client_code"), 4002);
  EXPECT_EQ(line.at("upstream_code"), 4002);
  EXPECT_EQ(line.at("initiator"), "upstream");
  EXPECT_EQ(line.at("cause"), "close_frame");
  EXPECT_EQ(line.at("client").get<std::string>().substr(0, 10), "127.0.0.1:");
  EXPECT_EQ(line.dump().find("secret"), std::string::npos);
}

TEST(access_log, has_one_line_for_each_tunnel_and_tells_no_secret) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.log.access = config::access_log::all;
  captured_output output;
  {
    const proxy_under_test proxy(std::move(settings));
    play(proxy, service);
    play(proxy, service);
    service.stop();
    raw_peer failed = ask_upgrade(proxy.address());
    (void)failed.read_head();
    (void)failed.read_close();
    failed.send(masked_close(1014));
    failed.close();
    (void)proxy.await("lastframe_closes_total", {{"code", "1014"}}, 1);
  }
  const std::vector<std::string> lines = output.lines();
  ASSERT_THAT(lines, SizeIs(3));
  expect_describes(json::parse(lines[0]), service);
  expect_describes(json::parse(lines[1]), service);
  EXPECT_NE(json::parse(lines[0]).at("tunnel"), json::parse(lines[1]).at("tunnel"));
  const json failure = json::parse(lines[2]);
  EXPECT_EQ(failure.at("client_code"), 1014);
  EXPECT_TRUE(failure.at("upstream_code").is_null());
  EXPECT_EQ(failure.at("cause"), "connect_failed");
}

TEST(closes_page, shows_a_close_as_soon_as_it_is_counted) {
  raw_service service;
  const proxy_under_test proxy(settings_for({service.address()}));
  EXPECT_THAT(json::parse(proxy.page("/closes")).at("closes"), SizeIs(0));
  play(proxy, service);
  const json shown = json::parse(proxy.page("/closes"));
  EXPECT_EQ(shown.at("workers"), 2);
  EXPECT_EQ(shown.at("workers_answered"), 2);
  ASSERT_THAT(shown.at("closes"), SizeIs(1));
  expect_describes(shown.at("closes")[0], service);
  EXPECT_EQ(shown.at("closes")[0].at("client_reason"), "be \"gone\"\n");
}

TEST(metrics_page, has_the_series_that_are_known_from_the_start_at_0) {
  raw_service service;
  const proxy_under_test proxy(settings_for({service.address()}));
  const std::string text = proxy.page("/metrics");
  for (const char* series : {"code=\"1014\",initiator=\"upstream\",cause=\"connect_failed\"} 0",
                             "code=\"1012\",initiator=\"proxy\",cause=\"drain\"} 0",
                             "code=\"1013\",initiator=\"proxy\",cause=\"overload\"} 0",
                             "code=\"1006\",initiator=\"client\",cause=\"eof\"} 0"}) {
    EXPECT_NE(text.find(series), std::string::npos) << series;
  }
  EXPECT_THAT(proxy.metrics().closes(), SizeIs(0));
}

TEST(metrics_page, counts_upgrades_handshakes_and_tunnels_of_both_workers_together) {
  raw_service service;
  const proxy_under_test proxy(settings_for({service.address()}));
  std::vector<tunnel_ends> open;
  for (int i = 0; i < 30; ++i) open.push_back(open_tunnel(proxy, service));
  // A scrape is no moment: what it reads last may be newer than what it read first.
  const scrape found = proxy.await([](const scrape& each) {
    return each.sum("lastframe_tunnels", {{"route", "r"}}) == 30 &&
           each.sum("lastframe_upgrades_total", {{"result", "accepted"}}) == 30 &&
           each.sum("lastframe_handshake_duration_seconds_count") == 30;
  });
  EXPECT_EQ(found.sum("lastframe_upstream_connect_duration_seconds_count"), 30);
  EXPECT_EQ(found.sum("lastframe_upstream_failures_total"), 0);
  for (tunnel_ends& each : open) each.client.close();
  open.clear();
  const scrape after = proxy.await([](const scrape& each) {
    return each.sum("lastframe_tunnels") == 0 && each.closes().size() == 60 &&
           each.sum("lastframe_tunnel_duration_seconds_count") == 30;
  });
  EXPECT_EQ(after.sum("lastframe_upgrades_total"), 30);
}

}  // namespace
}  // namespace lastframe::support
