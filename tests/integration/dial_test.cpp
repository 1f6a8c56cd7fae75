// Where a proxy listens and whom it reaches: TCP over IPv4 and IPv6, unix sockets, several endpoints.
#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "proxy/net/listener.hpp"
#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A directory of its own, short enough for a socket's path.
class scratch {
 public:
  scratch() {
    std::string pattern = "/tmp/lastframe-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch directory");
    path_ = pattern;
  }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  [[nodiscard]] std::string socket(const std::string& name) const { return "unix:" + path_ + "/" + name; }

 private:
  std::string path_;
};

/// A message each way, and a close that both sides agree on.
void expect_works(tunnel_ends& ends) {
  ends.client.send(masked(1, "up"));
  EXPECT_EQ(ends.upstream.read_message().payload, "up");
  ends.upstream.send(unmasked(2, std::string(100'000, 'd')) + unmasked_close(1000));
  EXPECT_EQ(ends.client.read_message().payload.size(), 100'000U);
  EXPECT_EQ(ends.client.read_close(), close_payload(1000));
  ends.client.send(masked_close(1000));
  EXPECT_EQ(ends.upstream.read_close(), close_payload(1000));
  ends.upstream.close();
  EXPECT_EQ(ends.client.read_end(), stream_end::eof);
  ends.client.close();
}

const auto closed_by_upstream =
    ElementsAre("client 1000 upstream close_frame", "upstream 1000 upstream close_frame");

TEST(endpoints, may_be_unix_sockets_and_so_may_listeners) {
  const scratch place;
  raw_service service(place.socket("service"));
  config::settings settings = settings_for({service.address()});
  settings.listeners = {{parse_address(place.socket("proxy")), {}}};
  const proxy_under_test proxy(std::move(settings));
  EXPECT_EQ(proxy.address(), place.socket("proxy"));
  for (int i = 0; i < 4; ++i) {
    tunnel_ends ends = open_tunnel(proxy, service);
    expect_works(ends);
  }
  EXPECT_EQ(proxy.closes(8).size(), 8U);
  EXPECT_EQ(proxy.metrics().sum("lastframe_closes_total", {{"code", "1000"}, {"cause", "close_frame"}}), 8);
}

TEST(endpoints, that_are_unix_sockets_which_nobody_serves_count_as_refused) {
  const scratch place;
  for (const char* name : {"never-there", "left-behind"}) {
    raw_service service(place.socket(name));
    service.stop();
    if (std::string(name) == "never-there") std::filesystem::remove(place.socket(name).substr(5));
    const proxy_under_test proxy(settings_for({service.address()}));
    raw_peer client = ask_upgrade(proxy.address());
    (void)client.read_head();
    EXPECT_EQ(client.read_close(), close_payload(1014, "upstream refused the connection"));
  }
}

TEST(endpoints, that_are_unix_sockets_with_a_full_backlog_are_passed_over) {
  const scratch place;
  raw_service full(place.socket("full"));
  full.fill_backlog();
  raw_service next;
  config::settings settings = settings_for({full.address(), next.address()});
  settings.routes[0].upstream.connect_timeout = milliseconds(100);
  const proxy_under_test proxy(std::move(settings));
  tunnel_ends ends = open_tunnel(proxy, next);
  expect_works(ends);
  EXPECT_THAT(proxy.closes(2), closed_by_upstream);
  EXPECT_EQ(proxy.metrics().sum("lastframe_upstream_failures_total",
                                {{"endpoint", full.address()}, {"cause", "connect_timeout"}}),
            1);
}

TEST(endpoints, may_be_ipv6_addresses_and_so_may_listeners) {
  raw_service service("::1");
  ASSERT_THAT(service.address(), StartsWith("[::1]:"));
  config::settings settings = settings_for({service.address()});
  settings.listeners = {{parse_address("[::1]:0"), {}}};
  settings.routes[0].upstream.host = config::host_header::upstream;
  const proxy_under_test proxy(std::move(settings));
  EXPECT_THAT(proxy.address(), StartsWith("[::1]:"));
  raw_peer client = ask_upgrade(proxy.address());
  raw_peer upstream = service.accept();
  const std::string head = upstream.read_head();
  EXPECT_THAT(head, HasSubstr("\r\nHost: " + service.address() + "\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-Forwarded-For: ::1\r\n"));
  EXPECT_THAT(head, HasSubstr("for=\"[::1]\""));
  upstream.send(upgrade_answer());
  EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));
  tunnel_ends ends{std::move(client), std::move(upstream)};
  expect_works(ends);
  EXPECT_THAT(proxy.closes(2), closed_by_upstream);
}

TEST(endpoints, may_be_names) {
  raw_service service;
  const std::string port = service.address().substr(service.address().find(':'));
  const proxy_under_test proxy(settings_for({"localhost" + port}));
  // Of a name's addresses those that refuse, here perhaps ::1, are passed over.
  tunnel_ends ends = open_tunnel(proxy, service);
  expect_works(ends);
  EXPECT_THAT(proxy.closes(2), closed_by_upstream);
}

TEST(listeners, that_are_names_listen_at_all_addresses_of_the_name_with_one_port) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.listeners = {{parse_address("localhost:0"), {}}};
  const proxy_under_test proxy(std::move(settings));
  const auto found = net::resolve_listener("localhost", 0);
  const std::string port = proxy.address().substr(proxy.address().rfind(':'));
  std::size_t served = 0;
  for (const auto& each : found) {
    const std::string host = each.address().is_v6() ? "[::1]" : each.address().to_string();
    try {
      raw_peer client = ask_upgrade(host + port);
      tunnel_ends ends{std::move(client), service.accept_upgrade()};
      EXPECT_THAT(ends.client.read_head(), StartsWith("HTTP/1.1 101 "));
      ++served;
    } catch (const std::system_error&) {
      // A machine without IPv6 has no ::1, whatever its hosts file says.
      EXPECT_TRUE(each.address().is_v6());
    }
  }
  EXPECT_GE(served, 1U);
}

TEST(listeners, tell_of_another_process_that_shares_their_port) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  const proxy_under_test first(settings);
  settings.listeners = {{parse_address(first.address()), {}}};
  settings.log.level = config::log_level::warning;
  testing::internal::CaptureStderr();
  { const proxy_under_test second(std::move(settings)); }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("another process listens here too"));
  EXPECT_THAT(log, HasSubstr(first.address()));
}

TEST(endpoints, whose_name_nobody_knows_fail_as_such) {
  const proxy_under_test proxy(settings_for({"nobody.invalid:1"}));
  raw_peer client = ask_upgrade(proxy.address());
  (void)client.read_head();
  EXPECT_EQ(client.read_close(), close_payload(1014, "upstream's name could not be resolved"));
}

TEST(endpoints, are_tried_in_turn_until_one_accepts) {
  raw_service first;
  raw_service full;
  raw_service third;
  first.stop();
  full.fill_backlog();
  config::settings settings = settings_for({first.address(), full.address(), third.address()});
  settings.routes[0].upstream.connect_timeout = milliseconds(100);
  const proxy_under_test proxy(std::move(settings));
  tunnel_ends ends = open_tunnel(proxy, third);
  expect_works(ends);
  EXPECT_THAT(proxy.closes(2), closed_by_upstream);
  const scrape found = proxy.metrics();
  const std::string failures = "lastframe_upstream_failures_total";
  EXPECT_EQ(found.sum(failures, {{"endpoint", first.address()}, {"cause", "connect_failed"}}), 1);
  EXPECT_EQ(found.sum(failures, {{"endpoint", full.address()}, {"cause", "connect_timeout"}}), 1);
  EXPECT_EQ(found.sum(failures), 2);
}

TEST(endpoints, beyond_the_third_are_not_tried) {
  raw_service services[4];
  for (int i = 0; i < 3; ++i) services[i].stop();
  const proxy_under_test proxy(settings_for(
      {services[0].address(), services[1].address(), services[2].address(), services[3].address()}));
  raw_peer client = ask_upgrade(proxy.address());
  (void)client.read_head();
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
  EXPECT_FALSE(services[3].called_within(milliseconds(0)));
  EXPECT_EQ(proxy.metrics().sum("lastframe_upstream_failures_total"), 3);
}

TEST(endpoints, share_one_handshake_timeout) {
  raw_service full[3];
  for (raw_service& each : full) each.fill_backlog();
  config::settings settings = settings_for({full[0].address(), full[1].address(), full[2].address()});
  settings.routes[0].upstream.connect_timeout = std::chrono::hours(1);
  settings.routes[0].upstream.handshake_timeout = milliseconds(150);
  const proxy_under_test proxy(std::move(settings));
  raw_peer client = ask_upgrade(proxy.address());
  (void)client.read_head();
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
  EXPECT_EQ(proxy.metrics().sum("lastframe_upstream_failures_total"), 1);
}

TEST(endpoints, are_not_tried_again_once_the_request_was_sent) {
  raw_service first;
  raw_service second;
  const proxy_under_test proxy(settings_for({first.address(), second.address()}));
  raw_peer client = ask_upgrade(proxy.address());
  raw_peer upstream = first.accept();
  (void)upstream.read_head();
  upstream.close();
  (void)client.read_head();
  EXPECT_EQ(client.read_close().substr(0, 2), close_payload(1014));
  EXPECT_FALSE(second.called_within(milliseconds(0)));
}

}  // namespace
}  // namespace lastframe::support
