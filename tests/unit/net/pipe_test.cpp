#include "proxy/net/pipe.hpp"

#include <array>
#include <csignal>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/net/tcp_pair.hpp"

namespace lastframe::net {
namespace {

class piping : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  static void send(const tcp_pair& from, const std::string& bytes) {
    ASSERT_EQ(::send(from.far, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    ASSERT_TRUE(acknowledged_within_patience(from.far));
  }
  static std::string receive(const tcp_pair& to, std::size_t size) {
    std::string bytes(size, '\0');
    const ssize_t n = ::recv(to.far, bytes.data(), size, MSG_WAITALL);
    bytes.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return bytes;
  }

  pipe_pool pool_;
  tcp_pair from_;
  tcp_pair to_;
};

TEST_F(piping, moves_what_is_asked_for_from_one_socket_to_the_other) {
  send(from_, "0123456789");
  const auto pipe = pool_.take();
  ASSERT_EQ(from_.near.move_to(*pipe, 7).size, 7U);
  EXPECT_EQ(pipe->size(), 7U);
  ASSERT_EQ(to_.near.move_from(*pipe, 5).size, 5U);
  EXPECT_EQ(receive(to_, 5), "01234");
  ASSERT_EQ(to_.near.move_from(*pipe, 2).size, 2U);
  EXPECT_EQ(receive(to_, 2), "56");
  EXPECT_EQ(pipe->size(), 0U);
}

TEST_F(piping, says_that_nothing_is_there_and_that_a_peer_has_ended) {
  const auto pipe = pool_.take();
  EXPECT_EQ(from_.near.move_to(*pipe, 7).status, io_status::would_block);
  ::shutdown(from_.far, SHUT_WR);
  io_result found{.status = io_status::would_block};
  const auto until = std::chrono::steady_clock::now() + patience;
  while (found.status == io_status::would_block && std::chrono::steady_clock::now() < until)
    found = from_.near.move_to(*pipe, 7);
  EXPECT_EQ(found.status, io_status::end);
}

TEST_F(piping, keeps_what_a_socket_does_not_take) {
  const std::string bytes(60'000, 'x');
  std::size_t moved = 0;
  auto pipe = pool_.take();
  io_result taken{.status = io_status::done};
  while (taken.status == io_status::done) {
    if (pipe->size() == 0) {
      send(from_, bytes);
      while (pipe->size() != bytes.size())
        static_cast<void>(from_.near.move_to(*pipe, bytes.size() - pipe->size()));
    }
    taken = to_.near.move_from(*pipe, pipe->size());
    moved += taken.size;
  }
  EXPECT_EQ(taken.status, io_status::would_block);
  EXPECT_NE(pipe->size(), 0U);
  EXPECT_EQ(receive(to_, moved), std::string(moved, 'x'));
}

TEST_F(piping, lets_itself_be_read) {
  send(from_, "0123456789");
  const auto pipe = pool_.take();
  ASSERT_EQ(from_.near.move_to(*pipe, 10).size, 10U);
  std::array<std::byte, 8> bytes{};
  EXPECT_EQ(pipe->read(bytes), 8U);
  EXPECT_EQ(bytes[7], std::byte{'7'});
  EXPECT_EQ(pipe->read(bytes), 2U);
  EXPECT_EQ(pipe->size(), 0U);
}

TEST_F(piping, fails_where_the_socket_was_reset) {
  send(from_, "0123456789");
  const auto pipe = pool_.take();
  ASSERT_EQ(from_.near.move_to(*pipe, 10).size, 10U);
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(to_.far, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(std::exchange(to_.far, -1));
  io_result taken = to_.near.move_from(*pipe, 1);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (taken.status == io_status::done && std::chrono::steady_clock::now() < until)
    taken = to_.near.move_from(*pipe, 1);
  EXPECT_EQ(taken.status, io_status::reset);
}

TEST_F(piping, lends_a_few_and_no_pipe_that_has_bytes_of_another) {
  std::array<pipe_pool::handle, pipe_pool::most> lent;
  for (auto& each : lent) ASSERT_TRUE(each = pool_.take());
  EXPECT_FALSE(pool_.take());
  send(from_, "left behind");
  ASSERT_EQ(from_.near.move_to(*lent[0], 11).size, 11U);
  for (auto& each : lent) each.reset();
  for (auto& each : lent) {
    each = pool_.take();
    ASSERT_TRUE(each);
    EXPECT_EQ(each->size(), 0U);
    std::array<std::byte, 1> byte{};
    EXPECT_EQ(each->read(byte), 0U);
  }
}

}  // namespace
}  // namespace lastframe::net
