#include "telemetry/exporter.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;

class exporter_of_two_workers : public testing::Test {
 protected:
  /// The value of a series as it stands in the text, such as `a_total{x="y"}`; -1 if it is not there.
  [[nodiscard]] double value(const std::string& series) const {
    std::istringstream lines{exporter_.text()};
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind(series + " ", 0) == 0) return std::stod(line.substr(series.size() + 1));
    }
    return -1;
  }

  catalogue names_ = two_routes();
  std::shared_ptr<code_labels> labels_ = std::make_shared<code_labels>(names_);
  recorder first_{names_, labels_};
  recorder second_{names_, labels_};
  status state_{phase::serving};
  reload_status reloads_;
  exporter exporter_{names_, {&first_, &second_}, state_, reloads_, "1.2.3"};
};

TEST_F(exporter_of_two_workers, shows_known_closes_at_zero_from_the_start) {
  EXPECT_EQ(
      value(
          R"(lastframe_closes_total{route="chat",leg="client",code="1014",initiator="upstream",cause="eof"})"),
      0);
  EXPECT_EQ(
      value(
          R"(lastframe_closes_total{route="none",leg="client",code="1013",initiator="proxy",cause="overload"})"),
      0);
  EXPECT_EQ(
      value(
          R"(lastframe_closes_total{route="chat",leg="client",code="1002",initiator="client",cause="close_frame"})"),
      -1);
}

TEST_F(exporter_of_two_workers, adds_up_what_the_workers_counted) {
  first_.closed(closed_by_upstream(1000));
  second_.closed(closed_by_upstream(1000));
  second_.closed(closed_by_upstream(1000, {}, 1));
  const std::string rest = R"(,code="1000",initiator="upstream",cause="close_frame"})";
  EXPECT_EQ(value(R"(lastframe_closes_total{route="chat",leg="client")" + rest), 2);
  EXPECT_EQ(value(R"(lastframe_closes_total{route="chat",leg="upstream")" + rest), 2);
  EXPECT_EQ(value(R"(lastframe_closes_total{route="feed",leg="client")" + rest), 1);
}

TEST_F(exporter_of_two_workers, shows_a_series_that_was_not_known_once_it_is_counted) {
  tunnel_summary tunnel = closed_by_upstream(1008);
  first_.closed(tunnel);
  EXPECT_EQ(
      value(
          R"(lastframe_closes_total{route="chat",leg="client",code="1008",initiator="upstream",cause="close_frame"})"),
      1);
}

TEST_F(exporter_of_two_workers, names_every_code_that_a_close_can_bear) {
  for (const close_code code : std::to_array<close_code>({4500, 4501, 4502}))
    first_.closed(closed_by_upstream(code));
  const auto families = exporter_.Collect();
  std::set<std::string> named;
  std::set<std::string> counted;
  for (const auto& family : families) {
    for (const auto& metric : family.metric) {
      for (const auto& label : metric.label) {
        if (label.name != "code") continue;
        (family.name == "lastframe_closes_total" ? counted : named).insert(label.value);
      }
    }
  }
  EXPECT_EQ(counted.count("other"), 1U);
  EXPECT_TRUE(std::includes(named.begin(), named.end(), counted.begin(), counted.end()));
  EXPECT_EQ(value(R"(lastframe_close_code_info{code="4001",name="session_expired"})"), 1);
  EXPECT_EQ(value(R"(lastframe_close_code_info{code="1014",name="bad_gateway"})"), 1);
  EXPECT_EQ(value(R"(lastframe_close_code_info{code="4500",name="private_use"})"), 1);
}

TEST_F(exporter_of_two_workers, never_has_two_series_with_the_same_labels) {
  for (close_code code = 3000; code < 4999; ++code) first_.closed(closed_by_upstream(code));
  second_.closed(lost_client(5));
  std::set<std::string> seen;
  std::istringstream lines{exporter_.text()};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second) << line;
  }
}

TEST_F(exporter_of_two_workers, sums_gauges_and_counters_per_route) {
  first_.route(0).tunnels.add(3);
  second_.route(0).tunnels.add(2);
  second_.route(0).tunnels.subtract();
  first_.route(1).traffic[1].payload_bytes.add(1'000'000'007);
  first_.route(1).traffic[0].messages.add(9);
  first_.route(1).traffic[0].frames.add(11);
  EXPECT_EQ(value(R"(lastframe_tunnels{route="chat"})"), 4);
  EXPECT_EQ(value(R"(lastframe_tunnels{route="feed"})"), 0);
  EXPECT_EQ(value(R"(lastframe_payload_bytes_total{route="feed",direction="to_upstream"})"), 1'000'000'007);
  EXPECT_EQ(value(R"(lastframe_messages_total{route="feed",direction="to_client"})"), 9);
  EXPECT_EQ(value(R"(lastframe_frames_total{route="feed",direction="to_client"})"), 11);
}

TEST_F(exporter_of_two_workers, shows_upgrades_by_result) {
  first_.route(0).upgrades[static_cast<std::size_t>(upgrade_result::accepted)].add(5);
  first_.route(no_route).upgrades[static_cast<std::size_t>(upgrade_result::invalid)].add();
  EXPECT_EQ(value(R"(lastframe_upgrades_total{route="chat",result="accepted"})"), 5);
  EXPECT_EQ(value(R"(lastframe_upgrades_total{route="chat",result="aborted"})"), 0);
  EXPECT_EQ(value(R"(lastframe_upgrades_total{route="none",result="invalid"})"), 1);
}

TEST_F(exporter_of_two_workers, shows_at_zero_the_upgrades_that_end_before_a_route_is_found) {
  EXPECT_EQ(value(R"(lastframe_upgrades_total{route="none",result="invalid"})"), 0);
  EXPECT_EQ(value(R"(lastframe_upgrades_total{route="none",result="overload"})"), 0);
  EXPECT_EQ(value(R"(lastframe_upgrades_total{route="none",result="accepted"})"), -1);
}

TEST_F(exporter_of_two_workers, shows_backpressure_in_seconds) {
  first_.route(0).backpressure_ns[0].add(1'500'000'000);
  second_.route(0).backpressure_ns[0].add(250'000'000);
  EXPECT_EQ(value(R"(lastframe_backpressure_seconds_total{route="chat",leg="client"})"), 1.75);
}

TEST_F(exporter_of_two_workers, sums_histograms_into_cumulative_buckets) {
  first_.route(0).pings[1].sent.add(3);
  first_.route(0).pings[1].rtt.observe(std::chrono::milliseconds{1});
  second_.route(0).pings[1].rtt.observe(std::chrono::milliseconds{3});
  second_.route(0).pings[1].rtt.observe(std::chrono::seconds{60});
  const std::string series = R"(lastframe_ping_rtt_seconds_bucket{route="chat",leg="upstream",le=)";
  EXPECT_EQ(value(series + R"("0.0005"})"), 0);
  EXPECT_EQ(value(series + R"("0.001"})"), 1);
  EXPECT_EQ(value(series + R"("0.005"})"), 2);
  EXPECT_EQ(value(series + R"("10"})"), 2);
  EXPECT_EQ(value(series + R"("+Inf"})"), 3);
  EXPECT_EQ(value(R"(lastframe_ping_rtt_seconds_count{route="chat",leg="upstream"})"), 3);
  EXPECT_EQ(value(R"(lastframe_ping_rtt_seconds_sum{route="chat",leg="upstream"})"), 60.004);
  EXPECT_EQ(value(R"(lastframe_pings_total{route="chat",leg="upstream"})"), 3);
}

TEST_F(exporter_of_two_workers, shows_upstream_failures_by_endpoint_from_zero) {
  first_.upstream_failed(0, 1, cause::connect_failed);
  second_.upstream_failed(0, 1, cause::connect_failed);
  const std::string series = R"(lastframe_upstream_failures_total{route="chat",endpoint="127.0.0.1:300)";
  EXPECT_EQ(value(series + R"(1",cause="connect_failed"})"), 2);
  EXPECT_EQ(value(series + R"(0",cause="connect_failed"})"), 0);
  EXPECT_EQ(value(series + R"(0",cause="drain"})"), -1);
}

TEST_F(exporter_of_two_workers, shows_the_state_of_the_process) {
  EXPECT_EQ(value("lastframe_draining"), 0);
  EXPECT_EQ(value("lastframe_drain_forced_closes_total"), 0);
  state_ = phase::draining;
  first_.drain_forced();
  second_.drain_forced();
  EXPECT_EQ(value("lastframe_draining"), 1);
  EXPECT_EQ(value("lastframe_drain_forced_closes_total"), 2);
  EXPECT_EQ(value(R"(lastframe_build_info{version="1.2.3"})"), 1);
  EXPECT_GT(value("process_resident_memory_bytes"), 0);
}

TEST_F(exporter_of_two_workers, adds_up_tls_handshakes) {
  first_.tls_handshake(leg::client, true);
  second_.tls_handshake(leg::client, true);
  second_.tls_handshake(leg::upstream, false);
  EXPECT_EQ(value(R"(lastframe_tls_handshakes_total{leg="client",result="done"})"), 2);
  EXPECT_EQ(value(R"(lastframe_tls_handshakes_total{leg="client",result="failed"})"), 0);
  EXPECT_EQ(value(R"(lastframe_tls_handshakes_total{leg="upstream",result="failed"})"), 1);
}

TEST_F(exporter_of_two_workers, shows_what_the_last_reading_of_files_came_to) {
  const auto noon_in_seconds = 1'795'262'400.0;
  reloads_.started({{leg::client, "/tls.crt", noon() + std::chrono::hours(1)}}, noon());
  EXPECT_EQ(value("lastframe_config_last_reload_successful"), 1);
  EXPECT_EQ(value(R"(lastframe_config_reloads_total{result="done"})"), 0);
  reloads_.reloaded(false, false, {{leg::client, "/tls.crt", noon() + std::chrono::hours(1)}},
                    noon() + std::chrono::hours(2));
  EXPECT_EQ(value("lastframe_config_last_reload_successful"), 0);
  EXPECT_EQ(value("lastframe_config_last_reload_timestamp_seconds"), noon_in_seconds);
  EXPECT_EQ(value(R"(lastframe_config_reloads_total{result="failed"})"), 1);
  EXPECT_EQ(
      value(R"(lastframe_tls_certificate_expiry_timestamp_seconds{leg="client",certificate="/tls.crt"})"),
      noon_in_seconds + 3'600);
}

TEST_F(exporter_of_two_workers, shows_nothing_of_no_route_before_it_counted_something) {
  EXPECT_THAT(exporter_.text(), Not(HasSubstr(R"(lastframe_tunnels{route="none"})")));
}

TEST_F(exporter_of_two_workers, escapes_names_of_the_configuration) {
  catalogue names = two_routes();
  names.app_codes[4002] = "a\"b\\c\nd";
  const exporter odd{names, {&first_, &second_}, state_, reloads_, "1"};
  EXPECT_THAT(odd.text(), HasSubstr(R"(lastframe_close_code_info{code="4002",name="a\"b\\c\nd"} 1)"));
}

TEST_F(exporter_of_two_workers, passes_prometheus_own_check_of_metrics) {
  if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "promtool is not installed";
  first_.closed(closed_by_upstream(4500, "bye"));
  second_.closed(lost_client(2));
  first_.route(no_route).upgrades[5].add();
  const std::string text = exporter_.text();
  FILE* const promtool = ::popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
  EXPECT_EQ(::pclose(promtool), 0);
}

TEST_F(exporter_of_two_workers, shows_what_a_later_catalogue_has_more_and_all_that_it_showed) {
  const double before = value(R"(lastframe_upgrades_total{route="feed",result="accepted"})");
  first_.closed(closed_by_upstream(1000, {}, 1));
  catalogue names = two_routes();
  names.routes.emplace_back("news");
  names.endpoints.push_back({"127.0.0.1:3002"});
  names.failure_codes = {1014, 1014, 1013};
  names.client_lost_codes = {0, 0, 0};
  names.app_codes = {{4002, "kicked"}};
  for (recorder* const each : {&first_, &second_}) each->grow(names);
  exporter_.renew(names);
  const auto close = [](const char* route, const char* code, const char* cause) {
    return std::string{"lastframe_closes_total{route=\""} + route + R"(",leg="client",code=")" + code +
           R"(",initiator="upstream",cause=")" + cause + "\"}";
  };
  EXPECT_EQ(value(R"(lastframe_tunnels{route="news"})"), 0);
  EXPECT_EQ(value(close("news", "1013", "eof")), 0);
  EXPECT_EQ(value(close("feed", "1011", "eof")), 0) << "of tunnels of before";
  EXPECT_EQ(value(close("feed", "1014", "eof")), 0);
  EXPECT_EQ(value(close("feed", "1000", "close_frame")), 1);
  EXPECT_EQ(value(close("chat", "4001", "close_frame")), 0);
  EXPECT_EQ(value(R"(lastframe_upgrades_total{route="feed",result="accepted"})"), before);
  EXPECT_EQ(value(R"(lastframe_close_code_info{code="4002",name="kicked"})"), 1);
  EXPECT_EQ(exporter_.names()->routes.back(), "news");
}

TEST_F(exporter_of_two_workers, sums_closes_for_a_summary_without_those_at_zero) {
  first_.closed(closed_by_upstream(1000));
  second_.closed(failed_upstream());
  second_.closed(failed_upstream());
  using sum = std::pair<close_key, std::uint64_t>;
  EXPECT_EQ(sum_closes({&first_, &second_}),
            (std::vector<sum>{{{0, leg::client, 1000, initiator::upstream, cause::close_frame}, 1},
                              {{0, leg::client, 1014, initiator::upstream, cause::connect_failed}, 2},
                              {{0, leg::upstream, 1000, initiator::upstream, cause::close_frame}, 1}}));
}

}  // namespace
}  // namespace lastframe::telemetry
