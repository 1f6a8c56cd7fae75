#include "proxy/session/request.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <thread>
#include <variant>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/unit/net/on_loop.hpp"
#include "tests/unit/net/tcp_pair.hpp"

namespace lastframe::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view first_half = "GET / HTTP/1.1\r\nHo";
constexpr std::string_view second_half = "st: a\r\n\r\n";

class reading_a_request : public testing::Test {
 protected:
  void begin(time_point until) {
    net::asio::co_spawn(loop_.io(), read(until), net::asio::detached);
    net::run_ready(loop_);
  }

  void send(std::string_view bytes) {
    ASSERT_EQ(::send(pair_.far, bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
    ASSERT_TRUE(net::acknowledged_within_patience(pair_.far));
  }

  [[nodiscard]] bool has_head() const {
    return outcome_ && std::holds_alternative<http::request_head>(*outcome_);
  }

  protocol::buffer_budget budget_{4'096};
  net::event_loop loop_;
  std::optional<head_or_error<http::request_head>> outcome_;

 private:
  task<void> read(time_point until) {
    outcome_.emplace(co_await read_request(from_, ahead_, held_, {.bytes = 8'192, .until = until}));
  }

  net::tcp_pair pair_;
  net::connection from_{loop_, std::move(pair_.near)};
  std::string ahead_;
  buffer_share held_{budget_};
};

TEST_F(reading_a_request, what_is_there_counts_when_the_worker_is_late) {
  const auto until = steady_clock::now() + milliseconds(1'000);  // until then it must have begun to wait
  begin(until);
  ASSERT_FALSE(outcome_);
  send(first_half);
  send(second_half);
  std::this_thread::sleep_until(until + milliseconds(10));
  loop_.take_turn(milliseconds(0));
  EXPECT_TRUE(has_head());
}

TEST_F(reading_a_request, ends_at_its_time) {
  begin(steady_clock::now() + milliseconds(50));
  send(first_half);
  net::run_until(loop_, [this] { return outcome_.has_value(); });
  EXPECT_EQ(std::get<head_error>(*outcome_), head_error::timed_out);
}

TEST_F(reading_a_request, the_rest_counts_though_others_took_the_memory_meanwhile) {
  begin(steady_clock::now() + net::patience);
  send(first_half);
  net::run_ready(loop_);
  budget_.take(4'096);
  send(second_half);
  net::run_until(loop_, [this] { return outcome_.has_value(); });
  EXPECT_TRUE(has_head());
  budget_.give(4'096);
}

TEST_F(reading_a_request, a_part_is_not_waited_for_while_there_is_no_memory) {
  budget_.take(4'096);
  begin(steady_clock::now() + net::patience);
  send(first_half);
  net::run_until(loop_, [this] { return outcome_.has_value(); });
  EXPECT_EQ(std::get<head_error>(*outcome_), head_error::no_room);
  budget_.give(4'096);
}

}  // namespace
}  // namespace lastframe::session
