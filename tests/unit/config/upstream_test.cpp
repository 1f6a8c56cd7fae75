#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

using namespace std::chrono_literals;

std::string with_endpoints(const std::string& list) {
  return "listeners: [{address: 127.0.0.1:8080}]\nroutes: [{name: a, upstream: {endpoints: " + list + "}}]\n";
}

TEST(config_upstream, has_endpoints_of_every_kind) {
  const auto it =
      only_route(with_endpoints("[127.0.0.1:3000, \"[::1]:3000\", chat.internal:80, unix:/run/a]"));
  ASSERT_EQ(it.upstream.endpoints.size(), 4U);
  EXPECT_EQ(it.upstream.endpoints[1], (address{"[::1]:3000", host_port{"::1", 3000}}));
  EXPECT_EQ(it.upstream.endpoints[3], (address{"unix:/run/a", unix_path{"/run/a"}}));
}

TEST(config_upstream, needs_an_endpoint) {
  EXPECT_THAT(faults_of(with_endpoints("[]")),
              ElementsAre("f:2:42: routes[0].upstream.endpoints: at least one endpoint is needed"));
  EXPECT_THAT(faults_of("listeners: [{address: 127.0.0.1:8080}]\nroutes: [{name: a, upstream: {}}]\n"),
              ElementsAre("f:2:30: routes[0].upstream: `endpoints` is missing"));
  EXPECT_THAT(faults_of("listeners: [{address: 127.0.0.1:8080}]\nroutes:\n  - name: a\n    upstream:\n"),
              ElementsAre("f:4:5: routes[0].upstream: `endpoints` is missing"));
}

TEST(config_upstream, refuses_bad_endpoints_each_at_its_place) {
  EXPECT_THAT(
      faults_of(with_endpoints("[ws://h:1, h:0, h]")),
      ElementsAre(HasSubstr("f:2:43: routes[0].upstream.endpoints[0]: \"ws://h:1\": an address is"),
                  HasSubstr("f:2:53: routes[0].upstream.endpoints[1]: \"h:0\": a port is a number from 1"),
                  HasSubstr("f:2:58: routes[0].upstream.endpoints[2]: \"h\": there is no port")));
}

TEST(config_upstream, refuses_an_endpoint_twice) {
  EXPECT_THAT(
      faults_of(with_endpoints("[h:1, h:1]")),
      ElementsAre("f:2:48: routes[0].upstream.endpoints[1]: \"h:1\": this endpoint stands here twice"));
}

TEST(config_upstream, reads_its_timeouts_and_host) {
  const auto it =
      only_route(with_upstream("connect_timeout: 250ms\n      handshake_timeout: 1m\n      host: upstream"))
          .upstream;
  EXPECT_EQ(it.connect_timeout, 250ms);
  EXPECT_EQ(it.handshake_timeout, 1min);
  EXPECT_EQ(it.host, host_header::upstream);
}

TEST(config_upstream, refuses_bad_timeouts) {
  EXPECT_THAT(
      faults_of(with_upstream("connect_timeout: 1.5s")),
      ElementsAre("f:6:24: routes[0].upstream.connect_timeout: \"1.5s\": not a whole number; take a smaller "
                  "unit; a duration is a whole number and one of ms, s, m, h"));
  EXPECT_THAT(faults_of(with_upstream("handshake_timeout: 0s")), ElementsAre(HasSubstr("out of range")));
}

TEST(config_upstream, refuses_other_words_for_a_choice) {
  EXPECT_THAT(
      faults_of(with_upstream("host: preserved")),
      ElementsAre(
          "f:6:13: routes[0].upstream.host: \"preserved\": expected preserve or upstream; did you mean "
          "`preserve`?"));
  EXPECT_THAT(faults_of(with_upstream("balance: random")),
              ElementsAre("f:6:16: routes[0].upstream.balance: \"random\": expected round_robin or "
                          "least_connections"));
}

TEST(config_upstream, takes_the_default_balance) {
  EXPECT_EQ(only_route(with_upstream("balance: round_robin")).upstream.endpoints.size(), 1U);
}

}  // namespace
}  // namespace lastframe::config
