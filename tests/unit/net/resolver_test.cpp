#include "proxy/net/resolver.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;

/// A directory of names that answers when the test says so. Threads that still ask it keep it alive.
class directory {
 public:
  /// What is asked for `name` from here on waits for `answer`.
  void hold(const std::string& name) {
    const std::lock_guard lock(guard_);
    held_[name] = true;
  }
  void answer(const std::string& name) {
    const std::lock_guard lock(guard_);
    held_[name] = false;
    changed_.notify_all();
  }
  [[nodiscard]] int asked() const noexcept { return asked_; }
  [[nodiscard]] int answered() const noexcept { return answered_; }
  void know(const std::string& address) {
    const std::lock_guard lock(guard_);
    known_ = asio::ip::make_address(address);
  }

  resolution look_up(const std::string& name) {
    std::unique_lock lock(guard_);
    ++asked_;
    changed_.wait(lock, [&] { return !held_[name]; });
    ++answered_;
    if (!known_) return error_code(asio::error::host_not_found);
    return std::vector{*known_};
  }

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  std::map<std::string, bool> held_;
  std::optional<asio::ip::address> known_;
  std::atomic<int> asked_{0};
  std::atomic<int> answered_{0};
};

/// One who asks.
struct question {
  std::optional<resolution> outcome;
};

task<void> keep(task<resolution> from, question& into) {
  into.outcome = co_await std::move(from);
}

class resolving : public testing::Test {
 protected:
  ~resolving() override {
    for (const char* name : {"dead", "slow"}) names_->answer(name);
  }

  void make(resolver::lifetimes kept) {
    resolver_.emplace(
        loop_, [names = names_](const std::string& name) { return names->look_up(name); }, kept);
  }
  void ask(question& who, const std::string& name, time_point at = steady_clock::now() + patience) {
    asio::co_spawn(loop_.io(), keep(resolver_->resolve(name, at), who), asio::detached);
  }
  resolution outcome_of(const std::string& name, time_point at = steady_clock::now() + patience) {
    question asked;
    ask(asked, name, at);
    run_until(loop_, [&] { return asked.outcome.has_value(); });
    return std::move(*asked.outcome);
  }

  std::shared_ptr<directory> names_ = std::make_shared<directory>();
  event_loop loop_;
  std::optional<resolver> resolver_;
};

TEST_F(resolving, of_a_literal_asks_nobody) {
  make({});
  EXPECT_THAT(outcome_of("::1").value(), ElementsAre(asio::ip::make_address("::1")));
  EXPECT_THAT(outcome_of("127.0.0.2").value(), ElementsAre(asio::ip::make_address("127.0.0.2")));
  EXPECT_EQ(names_->asked(), 0);
}

TEST_F(resolving, does_not_wait_for_another_name_that_hangs) {
  make({});
  names_->know("127.0.0.1");
  names_->hold("dead");
  question hangs;
  ask(hangs, "dead");
  run_until(loop_, [&] { return names_->asked() == 1; });
  EXPECT_TRUE(outcome_of("alive").has_value());
  EXPECT_FALSE(hangs.outcome.has_value());
}

TEST_F(resolving, ends_at_its_deadline_while_the_lookup_goes_on) {
  make({});
  names_->hold("dead");
  EXPECT_EQ(outcome_of("dead", steady_clock::now() + milliseconds(20)).error(), asio::error::timed_out);
  EXPECT_EQ(outcome_of("dead", steady_clock::now()).error(), asio::error::timed_out);
  run_until(loop_, [&] { return names_->asked() != 0; });
  EXPECT_EQ(names_->asked(), 1);
}

TEST_F(resolving, joins_a_lookup_under_way) {
  make({});
  names_->know("127.0.0.1");
  names_->hold("slow");
  question first;
  question second;
  ask(first, "slow");
  ask(second, "slow");
  run_until(loop_, [&] { return names_->asked() == 1; });
  names_->answer("slow");
  run_until(loop_, [&] { return first.outcome && second.outcome; });
  EXPECT_TRUE(first.outcome->has_value());
  EXPECT_TRUE(second.outcome->has_value());
  EXPECT_EQ(names_->asked(), 1);
}

TEST_F(resolving, keeps_what_it_found_for_a_while) {
  make({.found = hours(1), .failed = milliseconds(0)});
  names_->know("127.0.0.1");
  EXPECT_TRUE(outcome_of("name").has_value());
  names_->know("127.0.0.2");
  EXPECT_THAT(outcome_of("name").value(), ElementsAre(asio::ip::make_address("127.0.0.1")));
  EXPECT_EQ(names_->asked(), 1);
}

TEST_F(resolving, asks_again_when_that_while_is_over) {
  make({.found = milliseconds(0), .failed = hours(1)});
  names_->know("127.0.0.1");
  EXPECT_TRUE(outcome_of("name").has_value());
  names_->know("127.0.0.2");
  EXPECT_THAT(outcome_of("name").value(), ElementsAre(asio::ip::make_address("127.0.0.2")));
}

TEST_F(resolving, keeps_a_failure_for_a_while_of_its_own) {
  make({.found = milliseconds(0), .failed = hours(1)});
  EXPECT_EQ(outcome_of("name").error(), asio::error::host_not_found);
  names_->know("127.0.0.1");
  EXPECT_EQ(outcome_of("name").error(), asio::error::host_not_found);
  EXPECT_EQ(names_->asked(), 1);
}

TEST_F(resolving, may_end_before_its_lookups_and_before_who_waits_for_them) {
  make({});
  question hangs;
  names_->hold("dead");
  ask(hangs, "dead");
  run_until(loop_, [&] { return names_->asked() == 1; });
  resolver_.reset();
  names_->answer("dead");
  run_until(loop_, [&] { return names_->answered() == 1; });
  run_ready(loop_);
  EXPECT_FALSE(hangs.outcome.has_value());
}

TEST_F(resolving, may_end_with_an_answer_on_its_way_to_it) {
  make({});
  question asked;
  ask(asked, "name");
  loop_.io().poll();
  const auto until = steady_clock::now() + patience;
  while (names_->answered() == 0 && steady_clock::now() < until) std::this_thread::yield();
  resolver_.reset();
  run_ready(loop_);
  EXPECT_FALSE(asked.outcome.has_value());
}

TEST_F(resolving, takes_a_lookup_that_throws_for_one_that_failed) {
  resolver_.emplace(
      loop_, [](const std::string&) -> resolution { throw std::bad_alloc(); }, resolver::lifetimes{});
  EXPECT_TRUE(outcome_of("name").has_error());
}

TEST(system_lookup, finds_this_machine_and_nobody_who_is_not) {
  const resolution found = system_lookup("localhost");
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->front().is_loopback());
  EXPECT_EQ(system_lookup("nobody.invalid").error(), asio::error::host_not_found);
}

}  // namespace
}  // namespace lastframe::net
