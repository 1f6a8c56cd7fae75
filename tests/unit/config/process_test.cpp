// limits, drain, telemetry, log and workers.
#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

using namespace std::chrono_literals;

TEST(config_limits, are_read) {
  const auto it =
      accepted(with_section("limits: {connections: 500, closing: 0, buffer_bytes: 1GiB, header_bytes: 8KiB, "
                            "header_timeout: 3s}"))
          .limits;
  EXPECT_EQ(it.connections, 500U);
  EXPECT_EQ(it.closing, 0U);
  EXPECT_EQ(it.buffer_bytes, 1ULL << 30);
  EXPECT_EQ(it.header_bytes, 8'192U);
  EXPECT_EQ(it.header_timeout, 3s);
}

TEST(config_limits, take_as_many_connections_as_the_descriptors_allow) {
  EXPECT_EQ(accepted(with_section("limits: {connections: 10000}")).limits.connections, 10'000U);
}

TEST(config_limits, refuse_more_connections_than_the_descriptors_allow) {
  EXPECT_THAT(
      faults_of(with_section("limits: {connections: 10001}")),
      ElementsAre(
          "f:5:23: limits.connections: \"10001\": more than the limit of 20256 descriptors allows, which "
          "is 10000; raise the hard limit (ulimit -Hn), or write auto"));
}

TEST(config_limits, refuse_counts_that_are_none) {
  EXPECT_THAT(
      faults_of(with_section("limits: {connections: 0}")),
      ElementsAre("f:5:23: limits.connections: \"0\": expected a number from 1 to 100000000, or auto"));
  EXPECT_THAT(faults_of(with_section("limits: {connections: atuo}")),
              ElementsAre(HasSubstr("did you mean `auto`?")));
  EXPECT_THAT(faults_of(with_section("limits: {closing: -1}")),
              ElementsAre("f:5:19: limits.closing: \"-1\": expected a number from 0 to 1000000"));
  EXPECT_THAT(faults_of(with_section("limits: {closing: 1k}")),
              ElementsAre(HasSubstr("f:5:19: limits.closing")));
}

TEST(config_limits, refuse_sizes_out_of_range) {
  EXPECT_THAT(faults_of(with_section("limits: {buffer_bytes: 1KiB, header_bytes: 1GiB}")),
              ElementsAre("f:5:24: limits.buffer_bytes: \"1KiB\": out of range; it is at least 64KiB",
                          "f:5:44: limits.header_bytes: \"1GiB\": out of range; it is at most 1MiB"));
}

TEST(config_limits, refuse_unknown_keys) {
  EXPECT_THAT(faults_of(with_section("limits: {conections: 5}")),
              ElementsAre("f:5:10: limits: \"conections\": unknown key; did you mean `connections`?"));
}

TEST(config_drain, is_read) {
  const auto it = accepted(with_section("drain: {code: 1001, delay: 5s, spread: 0s, deadline: 1m}")).drain;
  EXPECT_EQ(it.code, 1001);
  EXPECT_EQ(it.delay, 5s);
  EXPECT_EQ(it.spread, 0s);
  EXPECT_EQ(it.deadline, 1min);
}

TEST(config_drain, refuses_codes_that_no_frame_may_carry) {
  EXPECT_THAT(faults_of(with_section("drain: {code: 1005}")),
              ElementsAre("f:5:15: drain.code: \"1005\": not a code that a Close frame may carry: 1000-1003, "
                          "1007-1014, 3000-4999"));
}

TEST(config_drain, refuses_a_deadline_before_the_last_close) {
  EXPECT_THAT(
      faults_of(with_section("drain: {delay: 3s, deadline: 12s}")),
      ElementsAre("f:5:8: drain: delay (3s) and spread (10s) together are longer than deadline (12s)"));
  EXPECT_EQ(accepted(with_section("drain: {delay: 2s, deadline: 12s}")).drain.deadline, 12s);
}

TEST(config_telemetry, is_read) {
  const auto it = accepted(with_section("telemetry: {address: \"[::]:9\", details: false, app_codes: {4001: "
                                        "session_expired, 3000: a-B_1}, max_codes: 0}"))
                      .telemetry;
  EXPECT_EQ(it.where, (host_port{"::", 9}));
  EXPECT_EQ(it.details, details::never);
  EXPECT_THAT(it.app_codes,
              ElementsAre(testing::Pair(3000, "a-B_1"), testing::Pair(4001, "session_expired")));
  EXPECT_EQ(it.max_codes, 0U);
}

TEST(config_telemetry, is_served_on_any_free_port_if_told_so) {
  EXPECT_EQ(accepted(with_section("telemetry: {address: 127.0.0.1:0}")).telemetry.where.port, 0);
}

TEST(config_telemetry, has_no_unix_socket) {
  EXPECT_THAT(
      faults_of(with_section("telemetry: {address: unix:/x}")),
      ElementsAre("f:5:22: telemetry.address: \"unix:/x\": telemetry is served over TCP: host:port or "
                  "[v6]:port"));
}

TEST(config_telemetry, refuses_other_words_for_details) {
  EXPECT_EQ(accepted(with_section("telemetry: {details: true}")).telemetry.details, details::always);
  EXPECT_THAT(faults_of(with_section("telemetry: {details: yes}")),
              ElementsAre("f:5:22: telemetry.details: \"yes\": expected auto, true or false"));
}

TEST(config_telemetry, names_only_the_codes_of_applications) {
  EXPECT_THAT(faults_of(with_section("telemetry: {app_codes: {1011: a, x: b, 5000: c}}")),
              ElementsAre("f:5:25: telemetry.app_codes: \"1011\": expected a number from 3000 to 4999",
                          "f:5:34: telemetry.app_codes: \"x\": expected a number from 3000 to 4999",
                          "f:5:40: telemetry.app_codes: \"5000\": expected a number from 3000 to 4999"));
}

TEST(config_telemetry, refuses_names_of_codes_that_are_no_labels) {
  EXPECT_THAT(
      faults_of(with_section("telemetry: {app_codes: {4001: a b, 4002: }}")),
      ElementsAre(
          "f:5:31: telemetry.app_codes.4001: \"a b\": a name is 1 to 63 letters, digits, `_` and `-`, "
          "such as session_expired",
          "f:5:36: telemetry.app_codes.4002: there is no value"));
}

TEST(config_telemetry, refuses_a_code_named_twice) {
  EXPECT_THAT(faults_of(with_section("telemetry: {app_codes: {4001: a, 4001: b}}")),
              ElementsAre("f:5:34: telemetry.app_codes: \"4001\": this key stands here twice"));
  EXPECT_THAT(faults_of(with_section("telemetry: {app_codes: {4001: a, 04001: b}}")),
              ElementsAre("f:5:34: telemetry.app_codes: \"04001\": this code stands here twice"));
}

TEST(config_telemetry, refuses_more_codes_than_there_are) {
  EXPECT_THAT(faults_of(with_section("telemetry: {max_codes: 2001}")),
              ElementsAre("f:5:24: telemetry.max_codes: \"2001\": expected a number from 0 to 2000"));
}

TEST(config_log, is_read) {
  const auto it = accepted(with_section("log: {level: warning, format: text, access: abnormal}")).log;
  EXPECT_EQ(it.level, log_level::warning);
  EXPECT_EQ(it.format, log_format::text);
  EXPECT_EQ(it.access, access_log::abnormal);
  EXPECT_EQ(accepted(with_section("log: {access: off}")).log.access, access_log::off);
}

TEST(config_log, knows_every_level) {
  EXPECT_EQ(accepted(with_section("log: {level: trace}")).log.level, log_level::trace);
  EXPECT_EQ(accepted(with_section("log: {level: debug}")).log.level, log_level::debug);
  EXPECT_EQ(accepted(with_section("log: {level: info}")).log.level, log_level::info);
  EXPECT_EQ(accepted(with_section("log: {level: error}")).log.level, log_level::error);
}

TEST(config_log, refuses_other_words) {
  EXPECT_THAT(
      faults_of(with_section("log: {level: warn, format: logfmt, access: none}")),
      ElementsAre("f:5:14: log.level: \"warn\": expected trace, debug, info, warning or error; did you mean "
                  "`warning`?",
                  "f:5:28: log.format: \"logfmt\": expected json or text",
                  "f:5:44: log.access: \"none\": expected all, abnormal or off"));
}

TEST(config_workers, are_counted) {
  EXPECT_EQ(accepted(with_section("workers: 16")).workers, 16U);
  EXPECT_EQ(accepted(with_section("workers: auto")).workers, 3U);
}

TEST(config_workers, are_at_least_one) {
  EXPECT_THAT(faults_of(with_section("workers: 0")),
              ElementsAre("f:5:10: workers: \"0\": expected a number from 1 to 1024, or auto"));
  surroundings none = around_of();
  none.cpus = 0;
  EXPECT_EQ(accepted(with_section(), none).workers, 1U);
}

}  // namespace
}  // namespace lastframe::config
