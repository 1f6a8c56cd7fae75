#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

using namespace std::chrono_literals;

std::string with_routes(const std::string& list) {
  return "listeners: [{address: 127.0.0.1:8080}]\nroutes: " + list + "\n";
}

TEST(config_routes, are_read_in_their_order) {
  const settings all =
      accepted(with_routes("[{name: b, match: {host: X.example.com, path: /ws}, upstream: {endpoints: "
                           "[h:1]}}, {name: a-1_z, upstream: "
                           "{endpoints: [h:2]}}]"));
  ASSERT_EQ(all.routes.size(), 2U);
  EXPECT_EQ(all.routes[0].name, "b");
  EXPECT_EQ(all.routes[0].match, (match{"x.example.com", "/ws"}));
  EXPECT_EQ(all.routes[1].name, "a-1_z");
  EXPECT_EQ(all.routes[1].match, match{});
}

TEST(config_routes, need_a_name_and_an_upstream) {
  EXPECT_THAT(
      faults_of(with_routes("[{on_failure: http}]")),
      ElementsAre("f:2:10: routes[0]: `name` is missing", "f:2:10: routes[0]: `upstream` is missing"));
}

TEST(config_routes, refuse_names_that_are_no_labels) {
  const auto named = [](const std::string& name) {
    return faults_of(with_routes("[{name: \"" + name + "\", upstream: {endpoints: [h:1]}}]"));
  };
  EXPECT_THAT(named("a b"), ElementsAre(HasSubstr("f:2:17: routes[0].name: \"a b\": a name is 1 to 63")));
  EXPECT_THAT(named("A"), ElementsAre(HasSubstr("1 to 63 characters")));
  EXPECT_THAT(named("ü"), ElementsAre(HasSubstr("1 to 63 characters")));
  EXPECT_THAT(named(std::string(64, 'a')), ElementsAre(HasSubstr("1 to 63 characters")));
  EXPECT_THAT(named(std::string(63, 'a')), IsEmpty());
  EXPECT_THAT(named(""), ElementsAre("f:2:17: routes[0].name: there is no value"));
  EXPECT_THAT(named("none"), ElementsAre(HasSubstr("stands for no route")));
}

TEST(config_routes, refuse_a_name_that_another_has) {
  EXPECT_THAT(
      faults_of(with_routes("[{name: a, upstream: {endpoints: [h:1]}}, {name: a, upstream: {endpoints: "
                            "[h:1]}}]")),
      ElementsAre("f:2:58: routes[1].name: \"a\": another route has this name"));
}

TEST(config_routes, match_hosts_exactly_or_below_a_domain) {
  EXPECT_EQ(only_route(with_route("match: {host: \"*.Example.com\"}")).match.host, "*.example.com");
  EXPECT_EQ(only_route(with_route("match: {host: 127.0.0.1}")).match.host, "127.0.0.1");
}

TEST(config_routes, refuse_hosts_that_no_request_has) {
  EXPECT_THAT(faults_of(with_route("match: {host: a.example.com:80}")),
              ElementsAre("f:5:19: routes[0].match.host: \"a.example.com:80\": a host to match has no port"));
  EXPECT_THAT(faults_of(with_route("match: {host: \"a.*.com\"}")),
              ElementsAre(HasSubstr("expected a host's name")));
  EXPECT_THAT(faults_of(with_route("match: {host: \"*\"}")),
              ElementsAre(HasSubstr("expected a host's name")));
  EXPECT_THAT(faults_of(with_route("match: {host: \"*.\"}")),
              ElementsAre(HasSubstr("expected a host's name")));
}

TEST(config_routes, refuse_paths_that_no_request_has) {
  EXPECT_THAT(faults_of(with_route("match: {path: ws}")),
              ElementsAre("f:5:19: routes[0].match.path: \"ws\": a path begins with `/`"));
  EXPECT_THAT(faults_of(with_route("match: {path: \"/ws?x\"}")), ElementsAre(HasSubstr("no query")));
  EXPECT_THAT(faults_of(with_route("match: {path: \"/a b\"}")), ElementsAre(HasSubstr("spaces")));
}

TEST(config_routes, refuse_unknown_keys_of_a_match) {
  EXPECT_THAT(faults_of(with_route("match: {paths: /ws}")),
              ElementsAre("f:5:13: routes[0].match: \"paths\": unknown key; did you mean `path`?"));
}

TEST(config_routes, read_keepalive_per_leg) {
  const auto it =
      only_route(with_route("keepalive: {client: {interval: 100ms}, upstream: {timeout: 1m}}")).tunnel;
  EXPECT_EQ(it.client_keepalive, (protocol::keepalive_settings{100ms, 20s}));
  EXPECT_EQ(it.upstream_keepalive, (protocol::keepalive_settings{20s, 1min}));
}

TEST(config_routes, turn_keepalive_off_per_leg) {
  const auto client = only_route(with_route("keepalive: {client: off}")).tunnel;
  EXPECT_EQ(client.client_keepalive, std::nullopt);
  EXPECT_NE(client.upstream_keepalive, std::nullopt);
  const auto upstream = only_route(with_route("keepalive: {upstream: \"off\"}")).tunnel;
  EXPECT_NE(upstream.client_keepalive, std::nullopt);
  EXPECT_EQ(upstream.upstream_keepalive, std::nullopt);
}

TEST(config_routes, refuse_other_words_for_keepalive) {
  EXPECT_THAT(
      faults_of(with_route("keepalive: {client: of}")),
      ElementsAre("f:5:25: routes[0].keepalive.client: \"of\": expected off, or a mapping such as {interval: "
                  "20s, timeout: 20s}; did you mean `off`?"));
  EXPECT_THAT(faults_of(with_route("keepalive: off")),
              ElementsAre("f:5:16: routes[0].keepalive: \"off\": expected a mapping, found a single value"));
}

TEST(config_routes, refuse_keepalive_clocks_of_nothing) {
  EXPECT_THAT(
      faults_of(with_route("keepalive: {client: {interval: 0s, timeout: 0ms}}")),
      ElementsAre(
          "f:5:36: routes[0].keepalive.client.interval: \"0s\": out of range; it is from 1ms to 8760h",
          "f:5:49: routes[0].keepalive.client.timeout: \"0ms\": out of range; it is from 1ms to "
          "8760h"));
}

TEST(config_routes, read_what_happens_on_failure) {
  const route it = only_route(with_route("on_failure: http\n    failure_code: 1011\n    failure_delay: 0s"));
  EXPECT_EQ(it.on_failure, on_failure::http);
  EXPECT_EQ(it.tunnel.failure_code, 1011);
  EXPECT_EQ(it.tunnel.failure_delay, 0s);
}

TEST(config_routes, refuse_other_words_for_a_choice) {
  EXPECT_THAT(
      faults_of(with_route("on_failure: htpp")),
      ElementsAre("f:5:17: routes[0].on_failure: \"htpp\": expected close or http; did you mean `http`?"));
  EXPECT_THAT(faults_of(with_route("fragmentation: none")),
              ElementsAre("f:5:20: routes[0].fragmentation: \"none\": expected split or preserve"));
}

TEST(config_routes, take_only_failure_codes_that_a_frame_may_carry) {
  for (const char* code : {"1000", "1003", "1007", "1014", "3000", "4999"}) {
    EXPECT_EQ(only_route(with_route(std::string{"failure_code: "} + code)).tunnel.failure_code,
              std::stoi(code));
  }
  for (const char* code :
       {"0", "999", "1004", "1005", "1006", "1015", "2999", "5000", "66537", "99999999999999999999"}) {
    EXPECT_EQ(faults_of(with_route(std::string{"failure_code: "} + code)).size(), 1U) << code;
  }
  EXPECT_THAT(
      faults_of(with_route("failure_code: 1005")),
      ElementsAre("f:5:19: routes[0].failure_code: \"1005\": not a code that a Close frame may carry: "
                  "1000-1003, 1007-1014, 3000-4999"));
  EXPECT_THAT(
      faults_of(with_route("failure_code: bad_gateway")),
      ElementsAre("f:5:19: routes[0].failure_code: \"bad_gateway\": expected a close code, such as 1011"));
}

TEST(config_routes, read_what_upstream_gets_for_a_lost_client) {
  EXPECT_EQ(only_route(with_route("on_client_lost: 1001")).tunnel.on_client_lost, 1001);
  EXPECT_EQ(only_route(with_route("on_client_lost: drop")).tunnel.on_client_lost, std::nullopt);
}

TEST(config_routes, refuse_other_answers_to_a_lost_client) {
  EXPECT_THAT(
      faults_of(with_route("on_client_lost: 1006")),
      ElementsAre(HasSubstr("f:5:21: routes[0].on_client_lost: \"1006\": not a code that a Close frame")));
  EXPECT_THAT(
      faults_of(with_route("on_client_lost: dropp")),
      ElementsAre("f:5:21: routes[0].on_client_lost: \"dropp\": expected drop, or a close code such as 1001; "
                  "did you mean `drop`?"));
}

TEST(config_routes, read_fragmentation) {
  EXPECT_FALSE(only_route(with_route("fragmentation: preserve")).tunnel.split);
  EXPECT_TRUE(only_route(with_route("fragmentation: split")).tunnel.split);
}

TEST(config_routes, read_the_limits_of_a_tunnel) {
  const auto it = only_route(with_route("limits: {max_message: 1MiB, max_lifetime: 1h, write_timeout: 1h, "
                                        "close_timeout: 500ms}"))
                      .tunnel;
  EXPECT_EQ(it.max_message, 1'048'576U);
  EXPECT_EQ(it.max_lifetime, 1h);
  EXPECT_EQ(it.write_timeout, 1h);
  EXPECT_EQ(it.close_timeout, 500ms);
}

TEST(config_routes, refuse_bad_sizes_and_durations) {
  EXPECT_THAT(
      faults_of(with_route("limits: {max_message: 1048576}")),
      ElementsAre("f:5:27: routes[0].limits.max_message: \"1048576\": a number without a unit; a size is a "
                  "whole number and one of B, KiB, MiB, GiB, such as 1048576KiB"));
  EXPECT_THAT(
      faults_of(with_route("limits: {max_message: 1MB}")),
      ElementsAre("f:5:27: routes[0].limits.max_message: \"1MB\": an unknown unit; a size is a whole number "
                  "and one of B, KiB, MiB, GiB; did you mean `MiB`?"));
  EXPECT_THAT(
      faults_of(with_route("limits: {max_lifetime: unlimitted}")),
      ElementsAre(
          "f:5:28: routes[0].limits.max_lifetime: \"unlimitted\": not a number with a unit; a duration "
          "is a whole number and one of ms, s, m, h, or unlimited; did you mean `unlimited`?"));
  EXPECT_THAT(faults_of(with_route("limits: {max_message: 0B}")),
              ElementsAre("f:5:27: routes[0].limits.max_message: \"0B\": out of range; it is at least 1B"));
  EXPECT_THAT(faults_of(with_route("limits: {write_timeout: unlimited}")),
              ElementsAre(HasSubstr("not a number")));
  EXPECT_THAT(faults_of(with_route("limits: {close_timeout: 9999999h}")),
              ElementsAre("f:5:29: routes[0].limits.close_timeout: \"9999999h\": too large"));
}

}  // namespace
}  // namespace lastframe::config
