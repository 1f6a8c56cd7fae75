#include "proxy/net/task.hpp"

#include <array>
#include <optional>

#include <gtest/gtest.h>

#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {
namespace {

using std::chrono::steady_clock;

class deadlines : public testing::Test {
 protected:
  void begin_to_read() {
    near_.async_read_some(asio::buffer(byte_),
                          [this](const error_code& error, std::size_t) { ended_with_ = error; });
  }

  socket_pair pair_;
  asio::io_context io_;
  socket near_{io_.get_executor(), asio::generic::stream_protocol(AF_UNIX, 0), pair_.release_near()};
  std::array<char, 1> byte_{};
  std::optional<error_code> ended_with_;
};

TEST_F(deadlines, end_an_operation_that_waits) {
  const deadline guard(near_, steady_clock::now());
  begin_to_read();
  run_until(io_, [this] { return ended_with_.has_value(); });
  EXPECT_EQ(*ended_with_, asio::error::operation_aborted);
}

TEST_F(deadlines, end_an_operation_that_began_when_time_was_up) {
  const deadline guard(near_, steady_clock::now());
  run_ready(io_);
  ASSERT_TRUE(guard.passed());
  begin_to_read();
  run_until(io_, [this] { return ended_with_.has_value(); });
  EXPECT_EQ(*ended_with_, asio::error::operation_aborted);
}

TEST_F(deadlines, touch_nothing_once_they_are_gone) {
  { const deadline guard(near_, steady_clock::now()); }
  begin_to_read();
  run_ready(io_);
  EXPECT_FALSE(ended_with_.has_value());
}

}  // namespace
}  // namespace lastframe::net
