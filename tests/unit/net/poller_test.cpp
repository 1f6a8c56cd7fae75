#include "proxy/net/poller.hpp"

#include <functional>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {
namespace {

struct handler final : ready_handler {
  void on_ready(unsigned, std::uint32_t events) override {
    ++calls;
    last = events;
    if (then) then();
  }

  int calls = 0;
  std::uint32_t last = 0;
  std::function<void()> then;
};

class polling : public testing::Test {
 protected:
  static void make_readable(const socket_pair& pair) { ASSERT_EQ(::write(pair.far, "x", 1), 1); }
  static void drain(const socket_pair& pair) {
    char byte = 0;
    ASSERT_EQ(::read(pair.near, &byte, 1), 1);
  }

  /// Both become readable before the next turn, so that one batch has an event of each.
  void tell_of_both() {
    poller_.add(first_.near, EPOLLIN, on_first_);
    poller_.add(second_.near, EPOLLIN, on_second_);
    make_readable(first_);
    make_readable(second_);
    run_until(loop_, [&] { return on_first_.calls + on_second_.calls > 0; });
    run_ready(loop_);
  }

  event_loop loop_;
  poller& poller_ = loop_.sockets();
  socket_pair first_;
  socket_pair second_;
  handler on_first_;
  handler on_second_;
};

TEST_F(polling, tells_once_of_what_comes_and_of_what_is_there_already) {
  make_readable(first_);
  poller_.add(first_.near, EPOLLIN, on_first_);
  run_until(loop_, [&] { return on_first_.calls > 0; });
  run_ready(loop_);
  EXPECT_EQ(on_first_.calls, 1);
  EXPECT_EQ(on_first_.last, static_cast<std::uint32_t>(EPOLLIN));
  make_readable(first_);
  run_until(loop_, [&] { return on_first_.calls > 1; });
  run_ready(loop_);
  EXPECT_EQ(on_first_.calls, 2);
  poller_.remove(first_.near);
}

TEST_F(polling, misses_nothing_behind_a_turn_that_was_taken_in_between) {
  poller_.add(first_.near, EPOLLIN, on_first_);
  run_ready(loop_);
  for (int turn = 1; turn <= 3; ++turn) {
    make_readable(first_);
    poller_.take_turn();
    EXPECT_EQ(on_first_.calls, 2 * turn - 1);
    drain(first_);
    make_readable(first_);
    on_first_.then = [this] { drain(first_); };
    run_until(loop_, [&] { return on_first_.calls == 2 * turn; });
    on_first_.then = nullptr;
  }
  poller_.remove(first_.near);
}

TEST_F(polling, tells_only_of_what_interests) {
  poller_.add(first_.near, EPOLLOUT, on_first_);
  make_readable(first_);
  run_until(loop_, [&] { return on_first_.calls > 0; });
  EXPECT_EQ(on_first_.last, static_cast<std::uint32_t>(EPOLLOUT));
  poller_.change(first_.near, EPOLLIN);
  run_until(loop_, [&] { return on_first_.last == EPOLLIN; });
  poller_.remove(first_.near);
}

TEST_F(polling, tells_again_in_the_next_turn_what_is_asked_for) {
  poller_.add(first_.near, EPOLLIN, on_first_);
  poller_.again(first_.near, EPOLLIN);
  poller_.again(first_.near, EPOLLOUT);
  on_first_.then = [&] {
    if (on_first_.calls < 3) poller_.again(first_.near, EPOLLIN);
  };
  poller_.take_turn();
  EXPECT_EQ(on_first_.calls, 1);
  EXPECT_EQ(on_first_.last, std::uint32_t{EPOLLIN} | EPOLLOUT);
  poller_.wait(patience);
  EXPECT_EQ(on_first_.calls, 2) << "a turn of its own each time, without a wait before";
  poller_.take_turn();
  EXPECT_EQ(on_first_.calls, 3);
  run_ready(loop_);
  EXPECT_EQ(on_first_.calls, 3);
  poller_.again(first_.near, EPOLLIN);
  poller_.remove(first_.near);
  run_ready(loop_);
  EXPECT_EQ(on_first_.calls, 3) << "it was removed";
}

TEST_F(polling, tells_the_next_of_a_number_nothing_of_the_former_one) {
  // Whichever is told first closes the other; its number is another's from then on.
  const auto replace = [this](socket_pair& closed, handler& next) {
    socket_pair fresh;
    ASSERT_EQ(::dup3(fresh.near, closed.near, O_CLOEXEC), closed.near);
    poller_.forget(closed.near);
    std::swap(fresh.far, closed.far);
    poller_.add(closed.near, EPOLLIN, next);
  };
  handler next;
  on_first_.then = [&] { replace(second_, next); };
  on_second_.then = [&] { replace(first_, next); };
  tell_of_both();
  EXPECT_EQ(on_first_.calls + on_second_.calls, 1);
  EXPECT_EQ(next.calls, 0);
}

TEST_F(polling, tells_of_a_peer_that_is_gone_though_nobody_asked) {
  poller_.add(first_.near, EPOLLIN, on_first_);
  ::close(std::exchange(first_.far, -1));
  run_until(loop_, [&] { return on_first_.calls > 0; });
  EXPECT_NE(on_first_.last & EPOLLHUP, 0U);
  poller_.remove(first_.near);
}

TEST_F(polling, passes_over_what_was_removed_within_the_same_batch) {
  // Whichever is told first removes the other, whose event is in the batch already.
  on_first_.then = [&] {
    poller_.remove(second_.near);
    drain(first_);
  };
  on_second_.then = [&] {
    poller_.remove(first_.near);
    drain(second_);
  };
  tell_of_both();
  EXPECT_EQ(on_first_.calls + on_second_.calls, 1);
}

TEST_F(polling, lets_a_handler_remove_itself_and_be_added_again) {
  on_first_.then = [&] {
    poller_.remove(first_.near);
    if (on_first_.calls < 3) poller_.add(first_.near, EPOLLIN, on_first_);
  };
  poller_.add(first_.near, EPOLLIN, on_first_);
  make_readable(first_);
  run_until(loop_, [&] { return on_first_.calls == 3; });
  run_ready(loop_);
  EXPECT_EQ(on_first_.calls, 3);
}

TEST_F(polling, tells_all_of_more_sockets_than_fit_in_a_batch) {
  constexpr std::size_t many = 300;
  std::vector<socket_pair> pairs(many);
  std::vector<handler> handlers(many);
  std::size_t told = 0;
  for (std::size_t i = 0; i < many; ++i) {
    handlers[i].then = [&, i] {
      ++told;
      poller_.remove(pairs[i].near);
    };
    poller_.add(pairs[i].near, EPOLLIN, handlers[i]);
    make_readable(pairs[i]);
  }
  run_until(loop_, [&] { return told == many; });
}

TEST_F(polling, throws_for_a_descriptor_that_cannot_be_watched) {
  EXPECT_THROW(poller_.add(-1, EPOLLIN, on_first_), std::system_error);
  EXPECT_THROW(poller_.change(first_.near, EPOLLIN), std::system_error);
}

}  // namespace
}  // namespace lastframe::net
