#include "telemetry/gather_closes.hpp"

#include <future>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/telemetry/server_fixture.hpp"

namespace lastframe::telemetry {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::HasSubstr;

using gathered_closes = telemetry_server;

TEST_F(gathered_closes, shows_the_closes_of_all_workers) {
  recorder other{names_, std::make_shared<code_labels>(names_)};
  tunnel_summary tunnel = closed_by_upstream(4001, "bye");
  tunnel.time = std::chrono::system_clock::now();
  recorder_.closed(tunnel);
  tunnel.time += milliseconds{5};
  tunnel.id = 8;
  other.closed(tunnel);
  worker_thread first{recorder_};
  worker_thread second{other};
  start({first.ask(), second.ask()});
  const http_answer answer = get("/closes");
  ASSERT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/json\r\n"));
  const json page = json::parse(answer.body);
  EXPECT_EQ(page.at("workers_answered"), 2);
  ASSERT_EQ(page.at("closes").size(), 2U);
  EXPECT_EQ(page.at("closes")[0].at("tunnel"), 8);
  EXPECT_EQ(page.at("closes")[1].at("client_reason"), "bye");
  EXPECT_FALSE(page.at("windows").empty());
  EXPECT_EQ(json::parse(get("/closes?limit=1").body).at("closes").size(), 1U);
  server_.reset();
}

TEST_F(gathered_closes, gives_the_closes_of_all_workers_page_by_page) {
  recorder other{names_, std::make_shared<code_labels>(names_)};
  tunnel_summary tunnel = closed_by_upstream(4001);
  for (tunnel.id = 1; tunnel.id <= 25; ++tunnel.id) {
    tunnel.time += milliseconds{1};
    (tunnel.id % 3 == 0 ? other : recorder_).closed(tunnel);
  }
  other.closed(lost_client());
  worker_thread first{recorder_};
  worker_thread second{other};
  start({first.ask(), second.ask()});
  std::vector<int> seen;
  std::string target = "/closes?limit=10&code=4001";
  for (int pages = 0; pages < 3; ++pages) {
    const json page = json::parse(get(target).body);
    for (const json& close : page.at("closes")) seen.push_back(close.at("tunnel"));
    if (page.at("next").is_null()) break;
    target = "/closes?limit=10&code=4001&before=" + page.at("next").get<std::string>();
  }
  std::vector<int> all(25);
  std::iota(all.rbegin(), all.rend(), 1);
  EXPECT_EQ(seen, all);
  server_.reset();
}

TEST_F(gathered_closes, refuses_a_filter_that_it_does_not_know) {
  start();
  const http_answer answer = get("/closes?cause=gremlins");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("gremlins"));
}

TEST_F(gathered_closes, shows_what_it_has_when_a_worker_does_not_answer_in_time) {
  worker_thread first{recorder_};
  options_.worker_deadline = milliseconds{50};
  start({first.ask(), [](const auto&) {}});
  const json page = json::parse(get("/closes").body);
  EXPECT_EQ(page.at("workers"), 2);
  EXPECT_EQ(page.at("workers_answered"), 1);
  server_.reset();
}

TEST_F(gathered_closes, ignores_a_worker_that_answers_when_nobody_waits_or_when_it_is_gone_itself) {
  std::vector<std::function<void(const recorder&)>> late;
  options_.worker_deadline = milliseconds{10};
  start({[&late](auto look) { late.push_back(std::move(look)); }});
  EXPECT_EQ(get("/closes").status, 200);
  late.at(0)(recorder_);
  EXPECT_EQ(get("/closes").status, 200);
  server_.reset();
  late.at(1)(recorder_);
}

TEST_F(gathered_closes, ends_at_once_while_a_worker_is_still_being_asked) {
  std::promise<void> asked;
  options_.worker_deadline = std::chrono::hours{1};
  start({[&asked](const auto&) { asked.set_value(); }});
  http_client client{server_->port()};
  client.send("GET /closes HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_EQ(asked.get_future().wait_for(std::chrono::seconds{10}), std::future_status::ready);
  server_.reset();
  EXPECT_TRUE(client.reads_end());
}

TEST_F(gathered_closes, count_in_windows_only_what_the_filters_let_through) {
  tunnel_summary tunnel = closed_by_upstream(4001);
  tunnel.time = std::chrono::system_clock::now();
  recorder_.closed(tunnel);
  tunnel.route = 1;
  recorder_.closed(tunnel);
  worker_thread first{recorder_};
  start({first.ask()});
  const auto counted = [this](const std::string& target) {
    int sum = 0;
    const json page = json::parse(get(target).body);
    for (const json& window : page.at("windows")) {
      for (const json& one : window.at("counts")) sum += one.at("count").get<int>();
    }
    return sum;
  };
  EXPECT_EQ(counted("/closes"), 4);
  EXPECT_EQ(counted("/closes?route=feed"), 2);
  EXPECT_EQ(counted("/closes?code=1000"), 4);
  EXPECT_EQ(counted("/closes?cause=eof"), 0);
  server_.reset();
}

}  // namespace
}  // namespace lastframe::telemetry
