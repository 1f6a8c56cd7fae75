// A configuration that is read again while the proxy serves (DESIGN §7): what is open goes on, what is new is
// served by what is new, and what cannot be changes nothing.
#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const labels done{{"result", "done"}};
const labels failed{{"result", "failed"}};

class reloading : public testing::Test {
 protected:
  /// The settings of the proxy with another thing or two.
  template <class Change>
  [[nodiscard]] config::settings with(const Change& change) const {
    config::settings next = settings_;
    change(next);
    return next;
  }
  [[nodiscard]] config::route route(const std::string& name, const std::string& path,
                                    const raw_service& to) const {
    config::route made = settings_.routes[0];
    made.name = name;
    made.match.path = path;
    made.upstream.endpoints = {parse_address(to.address())};
    return made;
  }

  raw_service service_;
  config::settings settings_ = settings_for({service_.address()});
};

/// Both ends see a message of the other.
void expect_relays(tunnel_ends& ends) {
  ends.client.send(masked(1, "up"));
  EXPECT_EQ(ends.upstream.read_message().payload, "up");
  ends.upstream.send(unmasked(1, "down"));
  EXPECT_EQ(ends.client.read_message().payload, "down");
}

bool refuses(const std::string& address) {
  try {
    raw_peer late = connect_to(address);
    return false;
  } catch (const std::system_error& error) {
    return error.code() == std::errc::connection_refused;
  }
}

TEST_F(reloading, leaves_open_tunnels_the_settings_that_they_began_with) {
  proxy_under_test proxy(settings_);
  auto before = open_tunnel(proxy, service_);
  ASSERT_TRUE(proxy.reload(with([](auto& next) { next.routes[0].tunnel.failure_code = 1011; })));
  auto after = open_tunnel(proxy, service_);
  expect_relays(before);
  for (auto* const each : {&before, &after}) each->upstream.reset();
  EXPECT_EQ(before.client.read_close().substr(0, 2), close_payload(1014));
  EXPECT_EQ(after.client.read_close().substr(0, 2), close_payload(1011));
  EXPECT_EQ(proxy.metrics().sum("lastframe_config_reloads_total", done), 1);
}

TEST_F(reloading, finishes_a_handshake_by_the_configuration_that_it_began_with) {
  proxy_under_test proxy(settings_);
  raw_peer waiting = ask_upgrade(proxy.address());
  raw_peer asked = service_.accept();
  (void)asked.read_head();
  raw_service other;
  ASSERT_TRUE(proxy.reload(with([&](auto& next) { next.routes = {route("other", "", other)}; })));
  asked.send(upgrade_answer());
  EXPECT_THAT(waiting.read_head(), StartsWith("HTTP/1.1 101 "));
  tunnel_ends old{std::move(waiting), std::move(asked)};
  expect_relays(old);
  auto next = open_tunnel(proxy, other);
  expect_relays(next);
  const scrape found = proxy.metrics();
  EXPECT_EQ(found.sum("lastframe_tunnels", {{"route", "r"}}), 1);
  EXPECT_EQ(found.sum("lastframe_tunnels", {{"route", "other"}}), 1);
}

TEST_F(reloading, counts_under_the_names_of_routes_whatever_their_order) {
  raw_service two;
  raw_service three;
  settings_.routes = {route("one", "/1", service_), route("two", "/2", two)};
  proxy_under_test proxy(settings_);
  const auto first = open_tunnel(proxy, service_, {.path = "/1"});
  const auto second = open_tunnel(proxy, two, {.path = "/2"});
  ASSERT_TRUE(proxy.reload(with([&](auto& next) {
    next.routes = {route("three", "/3", three), route("two", "/2", two), route("four", "/1", service_)};
  })));
  const auto third = open_tunnel(proxy, three, {.path = "/3"});
  const auto fourth = open_tunnel(proxy, service_, {.path = "/1"});
  const auto fifth = open_tunnel(proxy, two, {.path = "/2"});
  const scrape found = proxy.await([](const scrape& each) { return each.sum("lastframe_tunnels") == 5; });
  EXPECT_EQ(found.sum("lastframe_tunnels", {{"route", "one"}}), 1);
  EXPECT_EQ(found.sum("lastframe_tunnels", {{"route", "two"}}), 2);
  EXPECT_EQ(found.sum("lastframe_tunnels", {{"route", "three"}}), 1);
  EXPECT_EQ(found.sum("lastframe_tunnels", {{"route", "four"}}), 1);
}

TEST_F(reloading, counts_the_end_of_a_tunnel_under_its_route_that_is_configured_no_more) {
  proxy_under_test proxy(settings_);
  auto ends = open_tunnel(proxy, service_);
  raw_service other;
  ASSERT_TRUE(proxy.reload(with([&](auto& next) { next.routes = {route("other", "", other)}; })));
  ends.upstream.reset();
  EXPECT_EQ(ends.client.read_close().substr(0, 2), close_payload(1014));
  ends.client.send(masked_close(1014));
  (void)ends.client.read_end();
  ends.client.close();
  const labels of_it{{"route", "r"}, {"leg", "client"}, {"code", "1014"}, {"cause", "reset"}};
  const scrape found = proxy.await("lastframe_closes_total", of_it, 1);
  EXPECT_EQ(found.sum("lastframe_closes_total", {{"route", "other"}}), 0);
  EXPECT_EQ(found.sum("lastframe_upstream_failures_total",
                      {{"route", "r"}, {"endpoint", service_.address()}, {"cause", "reset"}}),
            1);
  EXPECT_THAT(proxy.page("/closes?route=r"), HasSubstr("\"route\":\"r\""));
}

TEST_F(reloading, counts_failures_under_the_names_of_endpoints_whatever_their_order) {
  raw_service gone;
  gone.stop();
  proxy_under_test proxy(settings_);
  ASSERT_TRUE(proxy.reload(with([&](auto& next) {
    next.routes[0].upstream.endpoints = {parse_address(gone.address()), parse_address(service_.address())};
  })));
  const auto ends = open_tunnel(proxy, service_);
  const scrape found =
      proxy.await("lastframe_upstream_failures_total",
                  {{"route", "r"}, {"endpoint", gone.address()}, {"cause", "connect_failed"}}, 1);
  EXPECT_EQ(found.sum("lastframe_upstream_failures_total", {{"endpoint", service_.address()}}), 0);
}

TEST_F(reloading, opens_a_listener_and_keeps_those_that_are_open) {
  proxy_under_test proxy(settings_);
  const std::string at = proxy.address();
  raw_peer begun = connect_to(at);
  begun.send("GET / HTTP/1.1\r\n");
  ASSERT_TRUE(proxy.reload(with([](auto& next) {
    next.listeners.insert(next.listeners.begin(), {parse_address("127.0.0.2:0"), {}});
  })));
  EXPECT_THAT(proxy.address(0), StartsWith("127.0.0.2:"));
  EXPECT_EQ(proxy.address(1), at);
  begun.send(upgrade_request().substr(std::string("GET / HTTP/1.1\r\n").size()));
  const raw_peer upstream = service_.accept_upgrade();
  EXPECT_THAT(begun.read_head(), StartsWith("HTTP/1.1 101 "));
  auto through_new = open_tunnel(proxy, service_);
  expect_relays(through_new);
}

TEST_F(reloading, closes_a_listener_and_serves_who_came_through_it) {
  settings_.listeners.push_back({parse_address("127.0.0.2:0"), {}});
  proxy_under_test proxy(settings_);
  const std::string at = proxy.address(1);
  raw_peer begun = connect_to(at);
  begun.send("GET / HTTP/1.1\r\n");
  raw_peer opened = ask_upgrade(at);
  tunnel_ends ends{std::move(opened), service_.accept_upgrade()};
  (void)ends.client.read_head();
  ASSERT_TRUE(proxy.reload(with([](auto& next) { next.listeners.pop_back(); })));
  EXPECT_TRUE(refuses(at));
  expect_relays(ends);
  begun.send(upgrade_request().substr(std::string("GET / HTTP/1.1\r\n").size()));
  const raw_peer upstream = service_.accept_upgrade();
  EXPECT_THAT(begun.read_head(), StartsWith("HTTP/1.1 101 "));
  // And opens it again.
  ASSERT_TRUE(proxy.reload(settings_));
  raw_peer again = ask_upgrade(proxy.address(1));
  const raw_peer behind = service_.accept_upgrade();
  EXPECT_THAT(again.read_head(), StartsWith("HTTP/1.1 101 "));
}

TEST_F(reloading, changes_nothing_where_a_listener_cannot_be_opened) {
  const std::string path = testing::TempDir() + "reload" + std::to_string(::getpid()) + ".sock";
  const raw_service taken;
  proxy_under_test proxy(settings_);
  EXPECT_FALSE(proxy.reload(with([&](auto& next) {
    next.listeners.push_back({parse_address("unix:" + path), {}});
    next.listeners.push_back({parse_address(taken.address()), {}});
    next.routes[0].tunnel.failure_code = 1011;
  })));
  EXPECT_FALSE(std::filesystem::exists(path)) << "what was opened for nothing leaves a file";
  const scrape found = proxy.metrics();
  EXPECT_EQ(found.sum("lastframe_config_reloads_total", failed), 1);
  EXPECT_EQ(found.sum("lastframe_config_last_reload_successful"), 0);
  auto ends = open_tunnel(proxy, service_);
  ends.upstream.reset();
  EXPECT_EQ(ends.client.read_close().substr(0, 2), close_payload(1014));
}

TEST_F(reloading, changes_nothing_by_a_file_with_faults) {
  proxy_under_test proxy(settings_);
  EXPECT_FALSE(proxy.reload({nullptr, {{"lastframe.yaml", {3, 5}, "wrong"}}}));
  EXPECT_EQ(proxy.metrics().sum("lastframe_config_reloads_total", failed), 1);
  (void)open_tunnel(proxy, service_);
  EXPECT_TRUE(proxy.reload(settings_));
  EXPECT_EQ(proxy.metrics().sum("lastframe_config_last_reload_successful"), 1);
}

TEST_F(reloading, refuses_as_a_whole_what_takes_a_restart) {
  proxy_under_test proxy(settings_);
  const auto refused = [&](const auto& change) {
    return !proxy.reload(with([&](auto& next) {
      next.routes[0].name = "renamed";
      change(next);
    }));
  };
  EXPECT_TRUE(refused([](auto& next) { next.workers = 3; }));
  EXPECT_TRUE(refused([](auto& next) { next.telemetry.where.port = 1; }));
  EXPECT_THAT(proxy.page("/metrics"), Not(HasSubstr("renamed")));
  EXPECT_FALSE(refused([](auto&) {}));
}

TEST_F(reloading, cuts_nobody_where_fewer_may_be_connected_than_are) {
  proxy_under_test proxy(settings_);
  auto first = open_tunnel(proxy, service_);
  auto second = open_tunnel(proxy, service_);
  ASSERT_TRUE(proxy.reload(with([](auto& next) { next.limits.connections = 1; })));
  expect_relays(first);
  expect_relays(second);
  raw_peer third = ask_upgrade(proxy.address());
  (void)third.read_head();
  EXPECT_EQ(third.read_close().substr(0, 2), close_payload(1013));
  ASSERT_TRUE(proxy.reload(settings_));
  (void)open_tunnel(proxy, service_);
}

TEST_F(reloading, changes_what_a_head_may_be) {
  proxy_under_test proxy(settings_);
  ASSERT_TRUE(proxy.reload(with([](auto& next) { next.limits.header_bytes = 1'024; })));
  raw_peer long_winded = ask_upgrade(proxy.address(), "/", "X-Long: " + std::string(2'000, 'x') + "\r\n");
  EXPECT_THAT(long_winded.read_head(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(reloading, changes_how_a_drain_goes_for_all_tunnels) {
  settings_.drain.spread = milliseconds(0);
  settings_.drain.deadline = seconds(60);
  proxy_under_test proxy(settings_);
  auto before = open_tunnel(proxy, service_);
  ASSERT_TRUE(proxy.reload(with([](auto& next) { next.drain.code = 1001; })));
  proxy.begin_drain();
  EXPECT_EQ(before.client.read_close().substr(0, 2), close_payload(1001));
  before.client.send(masked_close(1001));
  before.upstream.close();
  (void)before.client.read_end();
  before.client.close();
  (void)proxy.end_drain();
}

TEST_F(reloading, names_codes_and_shows_details_as_the_new_configuration_says) {
  proxy_under_test proxy(settings_);
  ASSERT_TRUE(proxy.reload(with([](auto& next) {
    next.telemetry.app_codes = {{4001, "session_expired"}};
    next.telemetry.details = config::details::never;
  })));
  EXPECT_THAT(proxy.page("/metrics"), HasSubstr(R"({code="4001",name="session_expired"} 1)"));
  int status = 0;
  (void)proxy.page("/status", &status);
  EXPECT_EQ(status, 403);
}

TEST_F(reloading, may_be_done_while_many_come_and_go) {
  proxy_under_test proxy(settings_);
  std::vector<tunnel_ends> held;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 5; ++i) held.push_back(open_tunnel(proxy, service_));
    ASSERT_TRUE(proxy.reload(with([&](auto& next) {
      next.routes.insert(next.routes.begin(), route("r" + std::to_string(round), "/elsewhere", service_));
      next.listeners.push_back({parse_address("127.0.0." + std::to_string(round + 2) + ":0"), {}});
    })));
  }
  for (tunnel_ends& each : held) expect_relays(each);
  const scrape found = proxy.metrics();
  EXPECT_EQ(found.sum("lastframe_tunnels", {{"route", "r"}}), 100);
  EXPECT_EQ(found.closes().size(), 0U);
}

}  // namespace
}  // namespace lastframe::support
