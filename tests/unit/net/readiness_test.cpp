#include "proxy/net/readiness.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

task<void> note(readiness& ready, std::uint32_t interest, time_point until, std::vector<bool>& outcomes) {
  const bool came = co_await ready.wait(interest, until);
  outcomes.push_back(came);
}

struct told final : ready_handler {
  void on_ready(unsigned, std::uint32_t) override {
    ++calls;
    if (then) then();
  }
  std::function<void()> then;
  int calls = 0;
};

class waiting : public testing::Test {
 protected:
  void begin(std::uint32_t interest, time_point until = time_point::max()) {
    asio::co_spawn(loop_.io(), note(ready_, interest, until, outcomes_), asio::detached);
  }
  void wait_for(std::size_t count) {
    run_until(loop_, [&] { return outcomes_.size() == count; });
  }
  void send() const { ASSERT_EQ(::write(pair_.far, "x", 1), 1); }
  void take() const {
    char byte = 0;
    ASSERT_EQ(::read(pair_.near, &byte, 1), 1);
  }

  event_loop loop_;
  poller& sockets_ = loop_.sockets();
  socket_pair pair_;
  readiness ready_{loop_, pair_.near};
  std::vector<bool> outcomes_;
};

TEST_F(waiting, ends_when_something_comes) {
  begin(EPOLLIN, steady_clock::now() + seconds(60));
  run_ready(loop_);
  EXPECT_TRUE(outcomes_.empty());
  send();
  wait_for(1);
  EXPECT_TRUE(outcomes_.back());
}

TEST_F(waiting, ends_when_time_is_up) {
  const auto until = steady_clock::now() + milliseconds(20);
  begin(EPOLLIN, until);
  wait_for(1);
  EXPECT_FALSE(outcomes_.back());
  EXPECT_GE(steady_clock::now(), until);
}

TEST_F(waiting, ends_when_the_peer_is_gone) {
  begin(EPOLLIN);
  run_ready(loop_);
  ::close(std::exchange(pair_.far, -1));
  wait_for(1);
  EXPECT_TRUE(outcomes_.back());
}

TEST_F(waiting, ends_when_it_is_cancelled) {
  ready_.cancel();
  begin(EPOLLIN);
  run_ready(loop_);
  ready_.cancel();
  wait_for(1);
  EXPECT_FALSE(outcomes_.back());
}

TEST_F(waiting, for_one_thing_then_another_is_told_of_each) {
  begin(EPOLLOUT);
  wait_for(1);
  begin(EPOLLIN);
  run_ready(loop_);
  EXPECT_EQ(outcomes_.size(), 1U);
  send();
  wait_for(2);
  EXPECT_TRUE(outcomes_.back());
}

TEST_F(waiting, leaves_no_time_behind_that_would_end_a_later_one) {
  begin(EPOLLIN, steady_clock::now() + milliseconds(10));
  send();
  wait_for(1);
  take();
  begin(EPOLLIN, steady_clock::now() + seconds(60));
  run_for(loop_, milliseconds(30));
  EXPECT_EQ(outcomes_.size(), 1U);
  ready_.cancel();
}

TEST_F(waiting, is_quiet_until_something_comes_that_nobody_waits_for) {
  EXPECT_FALSE(ready_.quiet());
  begin(EPOLLIN);
  send();
  wait_for(1);
  take();
  run_ready(loop_);
  EXPECT_TRUE(ready_.quiet());
  send();
  run_until(loop_, [&] { return !ready_.quiet(); });
  const auto until = steady_clock::now() + milliseconds(20);
  int turns = 0;
  for (; steady_clock::now() < until; ++turns) loop_.take_turn(milliseconds(5));
  EXPECT_LT(turns, 10) << "it is told again and again";
  begin(EPOLLIN);
  wait_for(2);
  EXPECT_TRUE(outcomes_.back());
}

TEST_F(waiting, remembers_what_came_while_another_thing_was_awaited) {
  begin(EPOLLOUT);
  wait_for(1);
  ready_.watch(EPOLLIN);
  send();
  run_until(loop_, [&] { return !ready_.quiet(); });
  begin(EPOLLOUT);
  run_ready(loop_);
  begin(EPOLLIN);
  wait_for(3);
  EXPECT_THAT(outcomes_, testing::Each(true));
}

TEST_F(waiting, ends_at_once_for_what_was_left_behind) {
  begin(EPOLLIN);
  send();
  wait_for(1);
  begin(EPOLLIN);
  run_ready(loop_);
  EXPECT_EQ(outcomes_.size(), 1U) << "it was told of";
  ready_.cancel();
  wait_for(2);
  ready_.renew();
  begin(EPOLLIN);
  wait_for(3);
  EXPECT_TRUE(outcomes_.back());
}

TEST_F(waiting, knows_of_an_end_ever_after) {
  begin(EPOLLIN);
  EXPECT_FALSE(ready_.is_ending());
  ::shutdown(pair_.far, SHUT_WR);
  wait_for(1);
  EXPECT_TRUE(ready_.is_ending());
  EXPECT_FALSE(ready_.quiet());
}

TEST_F(waiting, is_told_in_the_order_of_arrival) {
  told second;
  socket_pair other;
  sockets_.add(other.near, EPOLLIN, second);
  begin(EPOLLIN);
  send();
  wait_for(1);
  take();
  begin(EPOLLIN);
  // Both before the next turn.
  ASSERT_EQ(::write(other.far, "x", 1), 1);
  send();
  std::size_t before = 0;
  second.then = [&] { before = outcomes_.size(); };
  run_until(loop_, [&] { return outcomes_.size() == 2; });
  EXPECT_EQ(before, 1U);
  sockets_.remove(other.near);
}

TEST_F(waiting, leaves_the_descriptor_and_what_came_where_another_is_told) {
  begin(EPOLLIN);
  run_ready(loop_);
  ready_.cancel();
  wait_for(1);
  send();
  run_until(loop_, [&] { return !ready_.quiet(); });
  told next;
  const readiness::place left = ready_.release();
  EXPECT_EQ(left.interest, static_cast<std::uint32_t>(EPOLLIN));
  EXPECT_EQ(left.came, static_cast<std::uint32_t>(EPOLLIN));
  sockets_.hand_over(pair_.near, next, 1);
  run_ready(loop_);
  EXPECT_EQ(next.calls, 0);
  send();
  run_until(loop_, [&] { return next.calls != 0; });
  sockets_.remove(pair_.near);
}

task<void> wait_long(std::unique_ptr<readiness> ready, std::shared_ptr<int> /*dies with this*/) {
  static_cast<void>(co_await ready->wait(EPOLLIN, steady_clock::now() + seconds(60)));
}

TEST(event_loops, give_up_those_who_still_wait_when_they_go) {
  const auto lives = std::make_shared<int>();
  {
    event_loop loop;
    socket_pair pair;
    asio::co_spawn(loop.io(), wait_long(std::make_unique<readiness>(loop, pair.near), lives), asio::detached);
    loop.take_turn(milliseconds(0));
    ASSERT_EQ(lives.use_count(), 2);
  }
  EXPECT_EQ(lives.use_count(), 1);
}

}  // namespace
}  // namespace lastframe::net
