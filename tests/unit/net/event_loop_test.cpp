#include "proxy/net/event_loop.hpp"

#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/net/wait_list.hpp"
#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;

class looping : public testing::Test {
 protected:
  event_loop loop_;
  std::vector<int> order_;
};

TEST_F(looping, runs_what_another_thread_posts_in_its_order_and_on_its_own_thread) {
  const auto here = std::this_thread::get_id();
  std::thread other([&] {
    for (const int i : {1, 2, 3}) {
      loop_.post([this, i, here] {
        EXPECT_EQ(std::this_thread::get_id(), here);
        order_.push_back(i);
      });
    }
  });
  run_until(loop_, [&] { return order_.size() == 3; });
  other.join();
  EXPECT_THAT(order_, ElementsAre(1, 2, 3));
}

TEST_F(looping, knows_the_time_of_the_turn_within_it) {
  const auto before = steady_clock::now();
  std::vector<steady_clock::time_point> seen;
  loop_.post([&] { seen.push_back(loop_.now()); });
  loop_.post([&] { seen.push_back(loop_.now()); });
  run_until(loop_, [&] { return seen.size() == 2; });
  EXPECT_GE(seen[0], before);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_LE(loop_.now(), steady_clock::now());
}

TEST_F(looping, wakes_from_a_long_wait_for_what_is_posted_and_to_stop) {
  bool posted = false;
  std::thread other([&] {
    loop_.post([&] { posted = true; });
    loop_.stop();
  });
  loop_.run();
  other.join();
  run_ready(loop_);
  EXPECT_TRUE(posted);
}

TEST_F(looping, still_runs_in_a_turn_after_the_stop_what_was_posted_before) {
  bool posted = false;
  loop_.post([&] { posted = true; });
  loop_.stop();
  loop_.run();
  run_ready(loop_);
  EXPECT_TRUE(posted);
}

TEST_F(looping, runs_what_is_posted_by_what_was_posted) {
  loop_.post([this] {
    order_.push_back(1);
    loop_.post([this] { order_.push_back(2); });
  });
  run_until(loop_, [&] { return order_.size() == 2; });
}

task<void> go_on_for_ever(const bool& enough) {
  while (!enough) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable_t<executor>());
}

TEST_F(looping, lets_others_have_their_turn_beside_a_coroutine_that_never_waits) {
  bool enough = false;
  asio::co_spawn(loop_.io(), go_on_for_ever(enough), asio::detached);
  loop_.post([this] { order_.push_back(1); });
  run_until(loop_, [&] { return order_.size() == 1; });
  enough = true;
  run_ready(loop_);
}

task<void> sleep_and_note(event_loop& loop, time_point until, std::optional<time_point>& woke) {
  co_await sleep(loop, until);
  woke = steady_clock::now();
}

TEST_F(looping, ends_a_sleep_when_its_time_has_come) {
  std::optional<time_point> woke;
  const auto until = steady_clock::now() + milliseconds(30);
  asio::co_spawn(loop_.io(), sleep_and_note(loop_, until, woke), asio::detached);
  run_until(loop_, [&] { return woke.has_value(); });
  EXPECT_GE(*woke, until);
}

task<void> wait_in(wait_list& list, event_loop& loop, std::vector<int>& order, int who, int times) {
  for (int i = 0; i < times; ++i) {
    co_await list.wait(loop, steady_clock::now() + patience);
    order.push_back(who);
  }
}

TEST_F(looping, ends_with_a_list_the_waits_of_now_and_not_those_that_follow) {
  wait_list list;
  asio::co_spawn(loop_.io(), wait_in(list, loop_, order_, 1, 2), asio::detached);
  asio::co_spawn(loop_.io(), wait_in(list, loop_, order_, 2, 1), asio::detached);
  run_ready(loop_);
  list.wake_all();
  EXPECT_THAT(order_, ElementsAre(1, 2));
  list.wake_all();
  EXPECT_THAT(order_, ElementsAre(1, 2, 1));
}

}  // namespace
}  // namespace lastframe::net
