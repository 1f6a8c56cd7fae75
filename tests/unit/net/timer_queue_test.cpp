#include "proxy/net/timer_queue.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;

struct entry final : timer_entry {
  explicit entry(std::function<void()> does) : todo(std::move(does)) {}
  void on_time(time_point now) override {
    EXPECT_FALSE(is_linked());
    EXPECT_LE(now, steady_clock::now());
    ++calls;
    // A call may destroy the entry, and with it the function.
    const auto todo_now = todo;
    if (todo_now) todo_now();
  }

  std::function<void()> todo;
  int calls = 0;
};

class timing : public testing::Test {
 protected:
  /// When a test began, and so in the past when its entries are armed.
  [[nodiscard]] time_point in(milliseconds time) const { return begun_ + time; }

  event_loop loop_;
  timer_queue& queue_ = loop_.times();
  time_point begun_ = steady_clock::now();
  std::vector<int> order_;
};

TEST_F(timing, calls_entries_in_the_order_of_their_deadlines_and_not_before_them) {
  entry last([&] { order_.push_back(3); });
  entry first([&] { order_.push_back(1); });
  entry second([&] { order_.push_back(2); });
  queue_.arm(last, in(milliseconds(60)));
  queue_.arm(first, in(milliseconds(20)));
  queue_.arm(second, in(milliseconds(40)));
  run_until(loop_, [&] { return last.calls == 1; });
  EXPECT_GE(steady_clock::now(), in(milliseconds(60)));
  EXPECT_THAT(order_, ElementsAre(1, 2, 3));
  EXPECT_EQ(first.due(), time_point::max());
}

TEST_F(timing, meets_deadlines_that_lie_close_together_at_once) {
  std::vector<time_point> met;
  const auto note = [&] { met.push_back(steady_clock::now()); };
  std::vector<std::unique_ptr<entry>> entries;
  // Most neighbours, whatever the time was when the test began.
  for (int i = 0; i < 100; ++i) {
    entries.push_back(std::make_unique<entry>(note));
    queue_.arm(*entries.back(), in(milliseconds(20)) + std::chrono::microseconds(200 * i));
  }
  std::size_t turns = 0;
  const std::size_t all = entries.size();
  while (met.size() < all && steady_clock::now() < in(milliseconds(20)) + patience) {
    const std::size_t before = met.size();
    loop_.take_turn(milliseconds(50));
    if (met.size() != before) ++turns;
  }
  EXPECT_EQ(met.size(), all);
  EXPECT_LE(turns, 6U);
}

TEST_F(timing, lets_others_have_their_turn_when_many_are_due_at_once) {
  std::vector<std::unique_ptr<entry>> entries;
  for (int i = 0; i < 10 * timer_queue::most_at_once; ++i) {
    entries.push_back(std::make_unique<entry>([&] { order_.push_back(0); }));
    queue_.arm(*entries.back(), in(milliseconds(0)));
  }
  const std::function<void()> other = [&] {
    if (!order_.empty() && order_.back() == 0) order_.push_back(1);
    if (order_.size() < entries.size()) loop_.post(other);
  };
  loop_.post(other);
  run_until(loop_,
            [&] { return std::ranges::all_of(entries, [](const auto& each) { return each->calls == 1; }); });
  std::size_t in_a_row = 0;
  for (const int each : order_) {
    in_a_row = each == 0 ? in_a_row + 1 : 0;
    ASSERT_LE(in_a_row, static_cast<std::size_t>(timer_queue::most_at_once));
  }
}

TEST_F(timing, takes_a_new_deadline_in_place_of_the_former_one_earlier_or_later) {
  entry sooner(nullptr);
  entry later(nullptr);
  entry mark(nullptr);
  queue_.arm(sooner, in(hours(1)));
  queue_.arm(later, in(milliseconds(10)));
  queue_.arm(sooner, in(milliseconds(20)));
  queue_.arm(later, in(hours(1)));
  queue_.arm(mark, in(milliseconds(40)));
  run_until(loop_, [&] { return mark.calls == 1; });
  EXPECT_EQ(sooner.calls, 1);
  EXPECT_EQ(later.calls, 0);
  EXPECT_EQ(later.due(), in(hours(1)));
}

TEST_F(timing, forgets_an_entry_whose_deadline_is_never_or_that_is_destroyed) {
  entry disarmed(nullptr);
  entry mark(nullptr);
  auto destroyed = std::make_unique<entry>([&] { order_.push_back(1); });
  queue_.arm(disarmed, in(milliseconds(5)));
  queue_.arm(*destroyed, in(milliseconds(6)));
  queue_.arm(mark, in(milliseconds(20)));
  queue_.arm(disarmed, time_point::max());
  destroyed.reset();
  run_until(loop_, [&] { return mark.calls == 1; });
  EXPECT_EQ(disarmed.calls, 0);
  EXPECT_THAT(order_, ElementsAre());
}

TEST_F(timing, lets_a_call_destroy_its_own_entry_and_others_that_are_due) {
  auto self = std::make_unique<entry>(nullptr);
  auto other = std::make_unique<entry>([&] { order_.push_back(2); });
  entry mark(nullptr);
  self->todo = [&] {
    order_.push_back(1);
    self.reset();
    other.reset();
  };
  queue_.arm(*self, in(milliseconds(0)));
  queue_.arm(*other, in(milliseconds(0)));
  queue_.arm(mark, in(milliseconds(10)));
  run_until(loop_, [&] { return mark.calls == 1; });
  EXPECT_THAT(order_, ElementsAre(1));
  EXPECT_EQ(self, nullptr);
}

TEST_F(timing, lets_a_call_arm_its_own_entry_again_and_others_earlier) {
  entry other([&] { order_.push_back(2); });
  entry again([&] {
    order_.push_back(1);
    if (again.calls == 1) {
      queue_.arm(again, in(milliseconds(30)));
      queue_.arm(other, in(milliseconds(15)));
    }
  });
  queue_.arm(other, in(hours(1)));
  queue_.arm(again, in(milliseconds(5)));
  run_until(loop_, [&] { return again.calls == 2; });
  EXPECT_THAT(order_, ElementsAre(1, 2, 1));
}

TEST_F(timing, calls_what_was_due_already_but_not_from_within_arm) {
  entry late(nullptr);
  queue_.arm(late, in(-milliseconds(1)));
  EXPECT_EQ(late.calls, 0);
  run_until(loop_, [&] { return late.calls == 1; });
}

TEST_F(timing, works_on_after_it_was_empty) {
  entry first(nullptr);
  entry second(nullptr);
  queue_.arm(first, in(milliseconds(1)));
  run_until(loop_, [&] { return first.calls == 1; });
  queue_.arm(second, steady_clock::now() + milliseconds(5));
  run_until(loop_, [&] { return second.calls == 1; });
}

}  // namespace
}  // namespace lastframe::net
