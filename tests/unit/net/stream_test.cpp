#include "proxy/net/stream.hpp"

#include <cstring>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/unit/net/tcp_pair.hpp"

namespace lastframe::net {
namespace {

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

io_result write(stream& to, std::string_view first, std::string_view second = {}) {
  return to.write({as_bytes(first), as_bytes(second)});
}

std::string read_all(int descriptor, std::size_t size) {
  std::string out(size, '\0');
  const ssize_t n = ::recv(descriptor, out.data(), size, MSG_WAITALL);
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return out;
}

bool comes_within_patience(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  return ::poll(&entry, 1, 20'000) > 0;
}

TEST(stream, reads_what_is_there_then_would_block_then_the_end) {
  tcp_pair pair;
  std::array<std::byte, 16> buffer{};
  EXPECT_EQ(pair.near.read(buffer).status, io_status::would_block);
  ASSERT_EQ(::send(pair.far, "hello", 5, 0), 5);
  ASSERT_TRUE(comes_within_patience(pair.near.descriptor()));
  const io_result found = pair.near.read(buffer);
  EXPECT_EQ(found.status, io_status::done);
  EXPECT_EQ(found.size, 5U);
  EXPECT_EQ(std::memcmp(buffer.data(), "hello", 5), 0);
  EXPECT_EQ(pair.near.read(buffer).status, io_status::would_block);
  ::shutdown(pair.far, SHUT_WR);
  ASSERT_TRUE(comes_within_patience(pair.near.descriptor()));
  EXPECT_EQ(pair.near.read(buffer).status, io_status::end);
}

TEST(stream, reads_what_came_before_a_reset_and_then_the_reset) {
  tcp_pair pair;
  std::array<std::byte, 16> buffer{};
  ASSERT_EQ(write(pair.near, "never read").status, io_status::done);
  ASSERT_TRUE(comes_within_patience(pair.far));
  ASSERT_EQ(::send(pair.far, "last", 4, 0), 4);
  ::close(std::exchange(pair.far, -1));
  pollfd entry{pair.near.descriptor(), 0, 0};
  ASSERT_GT(::poll(&entry, 1, 20'000), 0);  // POLLHUP: the reset is there
  EXPECT_EQ(pair.near.read(buffer).size, 4U);
  EXPECT_EQ(pair.near.read(buffer).status, io_status::reset);
}

TEST(stream, writes_two_ranges_as_one_and_passes_over_an_empty_one) {
  tcp_pair pair;
  EXPECT_EQ(write(pair.near, "ab", "cde").size, 5U);
  EXPECT_EQ(write(pair.near, "", "fg").size, 2U);
  EXPECT_EQ(write(pair.near, "h", "").size, 1U);
  EXPECT_EQ(read_all(pair.far, 8), "abcdefgh");
}

TEST(stream, would_block_on_writing_what_nobody_takes_and_counts_it_as_unacknowledged) {
  tcp_pair pair;
  EXPECT_EQ(pair.near.unacked(), 0U);
  const std::string bytes(64 << 10, 'x');
  std::size_t sent = 0;
  io_result last;
  while ((last = write(pair.near, bytes)).status == io_status::done) sent += last.size;
  EXPECT_EQ(last.status, io_status::would_block);
  EXPECT_GT(pair.near.unacked(), 0U);
  EXPECT_LE(pair.near.unacked(), sent);
  EXPECT_EQ(read_all(pair.far, sent).size(), sent);
  EXPECT_TRUE(acknowledged_within_patience(pair.near.descriptor()));
  EXPECT_EQ(pair.near.unacked(), 0U);
}

TEST(stream, tells_by_no_signal_but_as_an_end_that_a_unix_peer_is_gone) {
  socket_pair pair;
  stream near(pair.release_near());
  ::close(std::exchange(pair.far, -1));
  EXPECT_EQ(write(near, "x").status, io_status::end);
}

TEST(stream, of_a_unix_socket_has_nothing_unacknowledged) {
  socket_pair pair;
  stream near(pair.release_near());
  EXPECT_EQ(write(near, "held by the kernel").size, 18U);
  EXPECT_EQ(near.unacked(), 0U);
}

TEST(stream, ends_its_side_and_still_reads) {
  tcp_pair pair;
  pair.near.shutdown_send();
  EXPECT_EQ(read_all(pair.far, 1), "");
  ASSERT_EQ(::send(pair.far, "y", 1, 0), 1);
  ASSERT_TRUE(comes_within_patience(pair.near.descriptor()));
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(pair.near.read(buffer).size, 1U);
}

TEST(stream, closes_in_order_though_bytes_lie_unread) {
  tcp_pair pair;
  const std::string many(100'000, 'x');
  ASSERT_EQ(::send(pair.far, many.data(), many.size(), 0), 100'000);
  EXPECT_EQ(write(pair.near, "the last word").status, io_status::done);
  ASSERT_TRUE(acknowledged_within_patience(pair.far));
  pair.near.close();
  EXPECT_EQ(read_all(pair.far, 13), "the last word");
  char byte = 0;
  EXPECT_EQ(::recv(pair.far, &byte, 1, 0), 0) << "a reset in place of FIN";
}

TEST(stream, closes_with_a_reset_when_told_so) {
  tcp_pair pair;
  pair.near.reset();
  EXPECT_FALSE(pair.near.is_open());
  char byte = 0;
  ASSERT_TRUE(comes_within_patience(pair.far));
  EXPECT_EQ(::recv(pair.far, &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST(stream, has_one_owner) {
  tcp_pair pair;
  stream moved = std::move(pair.near);
  EXPECT_FALSE(pair.near.is_open());  // NOLINT(bugprone-use-after-move): a moved-from stream is closed
  EXPECT_TRUE(moved.is_open());
  moved = stream();
  EXPECT_EQ(read_all(pair.far, 1), "");
}

}  // namespace
}  // namespace lastframe::net
