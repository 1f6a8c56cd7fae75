// What the schema knows and this version does not do: checked, then refused; its defaults pass.
#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

TEST(config_unsupported, refuses_the_proxy_protocol) {
  EXPECT_THAT(faults_of(with_listener("proxy_protocol: true")),
              ElementsAre("f:3:21: listeners[0].proxy_protocol is not supported by this version"));
  EXPECT_THAT(faults_of(with_listener("proxy_protocol: yes")),
              ElementsAre("f:3:21: listeners[0].proxy_protocol: \"yes\": expected true or false"));
}

TEST(config_unsupported, refuses_the_original_endpoint) {
  EXPECT_THAT(faults_of("listeners: [{address: 127.0.0.1:1}]\n"
                        "routes: [{name: a, upstream: {endpoints: [original]}}]\n"),
              ElementsAre("f:2:43: the endpoint `original` is not supported by this version"));
}

TEST(config_unsupported, refuses_least_connections) {
  EXPECT_THAT(
      faults_of(with_upstream("balance: least_connections")),
      ElementsAre(
          "f:6:16: `routes[0].upstream.balance: least_connections` is not supported by this version"));
}

TEST(config_unsupported, refuses_health_checks) {
  EXPECT_THAT(faults_of(with_upstream("health: {interval: 5s, path: /healthz}")),
              ElementsAre("f:6:15: routes[0].upstream.health is not supported by this version"));
}

TEST(config_unsupported, checks_health_checks) {
  EXPECT_THAT(
      faults_of(with_upstream("health: {interval: 5, path: healthz}")),
      ElementsAre("f:6:15: routes[0].upstream.health is not supported by this version",
                  HasSubstr("f:6:26: routes[0].upstream.health.interval: \"5\": a number without a unit"),
                  "f:6:35: routes[0].upstream.health.path: \"healthz\": a path begins with `/`"));
}

TEST(config_unsupported, refuses_allowed_origins) {
  EXPECT_THAT(faults_of(with_route("allowed_origins: [https://example.com]")),
              ElementsAre("f:5:22: routes[0].allowed_origins is not supported by this version"));
  EXPECT_THAT(
      faults_of(with_route("allowed_origins: [example.com, https://a/b]")),
      ElementsAre("f:5:22: routes[0].allowed_origins is not supported by this version",
                  "f:5:23: routes[0].allowed_origins[0]: \"example.com\": expected an origin, such as "
                  "https://example.com",
                  HasSubstr("f:5:36: routes[0].allowed_origins[1]")));
}

TEST(config_unsupported, refuses_connections_per_client) {
  EXPECT_THAT(faults_of(with_section("limits: {connections_per_client: 10}")),
              ElementsAre("f:5:34: limits.connections_per_client is not supported by this version"));
  EXPECT_THAT(
      faults_of(with_section("limits: {connections_per_client: some}")),
      ElementsAre(
          "f:5:34: limits.connections_per_client: \"some\": expected a number from 1 to 100000000, or "
          "unlimited"));
}

TEST(config_unsupported, refuses_trusted_networks) {
  EXPECT_THAT(faults_of(with_section("forwarded: {trusted: [10.0.0.0/8]}")),
              ElementsAre("f:5:22: forwarded.trusted is not supported by this version"));
  EXPECT_THAT(faults_of(with_section("forwarded: {trusted: [10.0.0.1/8]}")),
              ElementsAre("f:5:22: forwarded.trusted is not supported by this version",
                          HasSubstr("f:5:23: forwarded.trusted[0]: \"10.0.0.1/8\": expected a network")));
}

}  // namespace
}  // namespace lastframe::config
