#include "telemetry/server.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/telemetry/http_client.hpp"
#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::HasSubstr;

/// A worker's thread: does what it is asked, in order, until it ends.
class worker_thread {
 public:
  explicit worker_thread(const recorder& one) : thread_([this, &one] { run(one); }) {}
  ~worker_thread() {
    give(nullptr);
    thread_.join();
  }
  worker_thread(const worker_thread&) = delete;
  worker_thread& operator=(const worker_thread&) = delete;

  ask_worker ask() {
    return [this](task look) { give(std::move(look)); };
  }

 private:
  using task = std::function<void(const recorder&)>;

  void give(task look) {
    const std::lock_guard lock{mutex_};
    asked_.push_back(std::move(look));
    more_.notify_one();
  }

  task take() {
    std::unique_lock lock{mutex_};
    more_.wait(lock, [this] { return !asked_.empty(); });
    task first = std::move(asked_.front());
    asked_.pop_front();
    return first;
  }

  void run(const recorder& one) {
    while (const task look = take()) look(one);
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<task> asked_;
  std::thread thread_;
};

class telemetry_server : public testing::Test {
 protected:
  void start(std::vector<ask_worker> workers = {}) {
    options_.port = 0;
    server_.emplace(options_, exporter_, state_, names_, std::move(workers));
  }

  http_answer get(const std::string& target) { return http_client{server_->port()}.ask(target); }

  catalogue names_ = two_routes();
  recorder recorder_{names_, std::make_shared<code_labels>(names_)};
  status state_{phase::serving};
  exporter exporter_{names_, {&recorder_}, state_, "1.2.3"};
  server_options options_;
  std::optional<server> server_;
};

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

TEST_F(telemetry_server, shows_the_closes_of_all_workers) {
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

TEST_F(telemetry_server, gives_the_closes_of_all_workers_page_by_page) {
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

TEST_F(telemetry_server, refuses_a_filter_that_it_does_not_know) {
  start();
  const http_answer answer = get("/closes?cause=gremlins");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("gremlins"));
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

TEST_F(telemetry_server, shows_what_it_has_when_a_worker_does_not_answer_in_time) {
  worker_thread first{recorder_};
  options_.worker_deadline = milliseconds{50};
  start({first.ask(), [](const auto&) {}});
  const json page = json::parse(get("/closes").body);
  EXPECT_EQ(page.at("workers"), 2);
  EXPECT_EQ(page.at("workers_answered"), 1);
  server_.reset();
}

TEST_F(telemetry_server, ignores_a_worker_that_answers_when_nobody_waits_or_when_it_is_gone_itself) {
  std::vector<std::function<void(const recorder&)>> late;
  options_.worker_deadline = milliseconds{10};
  start({[&late](auto look) { late.push_back(std::move(look)); }});
  EXPECT_EQ(get("/closes").status, 200);
  late.at(0)(recorder_);
  EXPECT_EQ(get("/closes").status, 200);
  server_.reset();
  late.at(1)(recorder_);
}

TEST_F(telemetry_server, ends_at_once_while_a_worker_is_still_being_asked) {
  std::promise<void> asked;
  options_.worker_deadline = std::chrono::hours{1};
  start({[&asked](const auto&) { asked.set_value(); }});
  http_client client{server_->port()};
  client.send("GET /closes HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_EQ(asked.get_future().wait_for(std::chrono::seconds{10}), std::future_status::ready);
  server_.reset();
  EXPECT_TRUE(client.reads_end());
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
    const server second{taken, exporter_, state_, names_, {}};
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
    const server none{elsewhere, exporter_, state_, names_, {}};
    FAIL() << "listens on an address of another machine";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("set telemetry.address to an address of this machine"));
  }
}

}  // namespace
}  // namespace lastframe::telemetry
