// A tunnel that is told of each thing once: what it leaves behind in a turn, it comes back for.
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "proxy/session/tunnel.hpp"
#include "tests/support/wire.hpp"
#include "tests/unit/net/on_loop.hpp"
#include "tests/unit/net/tcp_pair.hpp"
#include "tests/unit/session/one_worker.hpp"

namespace lastframe::session {
namespace {

template <class Pair>
class edges : public one_worker {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  void open() {
    open_tunnel(near(client_), near(upstream_));
    net::run_ready(loop_);
  }

  static net::stream near(net::tcp_pair& pair) { return std::move(pair.near); }
  static net::stream near(net::socket_pair& pair) { return net::stream(pair.release_near()); }

  static void send(const Pair& from, const std::string& bytes, int flags = 0) {
    ASSERT_EQ(::send(from.far, bytes.data(), bytes.size(), flags), static_cast<ssize_t>(bytes.size()));
  }

  /// Takes turns until so many bytes have come. They.
  std::string receive(const Pair& at, std::size_t size) {
    std::string got;
    const auto until = std::chrono::steady_clock::now() + net::patience;
    while (got.size() < size && std::chrono::steady_clock::now() < until) {
      loop_.take_turn(std::chrono::milliseconds(0));
      char part[3'000];
      const ssize_t n = ::recv(at.far, part, sizeof part, MSG_DONTWAIT);
      if (n > 0) got.append(part, static_cast<std::size_t>(n));
    }
    return got;
  }

  Pair client_;
  Pair upstream_;
};

using pairs = testing::Types<net::tcp_pair, net::socket_pair>;
TYPED_TEST_SUITE(edges, pairs);

std::string many_messages() {
  std::string bytes;
  for (std::size_t i = 0; bytes.size() < 300'000; ++i)
    bytes += support::unmasked(2, std::string(100 + i * 937 % 16'000, static_cast<char>('a' + i % 26)));
  return bytes;
}

TYPED_TEST(edges, take_all_that_came_at_once_to_a_peer_that_takes_little) {
  this->open();
  const std::string bytes = many_messages();
  std::thread sender([&] { this->send(this->upstream_, bytes); });
  EXPECT_TRUE(this->receive(this->client_, bytes.size()) == bytes);
  sender.join();
}

TYPED_TEST(edges, see_an_end_that_came_with_the_last_bytes) {
  this->open();
  const std::string bytes = support::unmasked(1, "last words");
  this->send(this->upstream_, bytes);
  ::shutdown(this->upstream_.far, SHUT_WR);
  const std::string got = this->receive(this->client_, bytes.size() + 4);
  EXPECT_EQ(got.substr(0, bytes.size()), bytes);
  EXPECT_EQ(got[bytes.size()], '\x88') << "a Close follows";
}

TYPED_TEST(edges, see_an_end_that_came_while_the_leg_was_not_read) {
  this->open();
  const std::string bytes = many_messages();
  std::thread sender([&] {
    this->send(this->upstream_, bytes);
    ::shutdown(this->upstream_.far, SHUT_WR);
  });
  net::run_for(this->loop_, std::chrono::milliseconds(20));  // until the client takes no more
  const std::string got = this->receive(this->client_, bytes.size() + 4);
  EXPECT_TRUE(got.starts_with(bytes));
  EXPECT_EQ(got[bytes.size()], '\x88');
  sender.join();
}

TYPED_TEST(edges, relay_each_message_of_a_dialogue) {
  this->open();
  for (int i = 0; i < 200; ++i) {
    const std::string asked = support::masked(1, "ask " + std::to_string(i));
    this->send(this->client_, asked);
    ASSERT_EQ(this->receive(this->upstream_, asked.size()), asked);
    const std::string answered = support::unmasked(1, "answer " + std::to_string(i));
    this->send(this->upstream_, answered);
    ASSERT_EQ(this->receive(this->client_, answered.size()), answered);
  }
}

class tcp_edges : public edges<net::tcp_pair> {
 protected:
  void send_around_urgent_data() {
    open();
    send(upstream_, first_);
    send(upstream_, "!", MSG_OOB);
    send(upstream_, second_);
  }

  const std::string first_ = support::unmasked(1, "before");
  const std::string second_ = support::unmasked(1, "behind");
};

TEST_F(tcp_edges, read_past_urgent_data) {
  send_around_urgent_data();
  ASSERT_TRUE(net::acknowledged_within_patience(upstream_.far));
  EXPECT_EQ(receive(client_, first_.size() + second_.size()), first_ + second_);
}

TEST_F(tcp_edges, read_past_urgent_data_that_came_with_an_end) {
  send_around_urgent_data();
  ::shutdown(upstream_.far, SHUT_WR);
  ASSERT_TRUE(net::acknowledged_within_patience(upstream_.far));
  const std::string got = receive(client_, first_.size() + second_.size());
  EXPECT_TRUE(got.starts_with(first_ + second_)) << "a Close follows: " << got;
}

TEST_F(tcp_edges, read_past_urgent_data_within_what_could_pass_unread) {
  const int room = 400'000;
  ::setsockopt(upstream_.near.descriptor(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  open();
  const std::string large = support::unmasked(2, std::string(1 << 20, 'x'));
  constexpr std::size_t left = 160'000;
  constexpr std::size_t behind = 60'000;
  std::thread sender([&] { send(upstream_, large.substr(0, large.size() - left)); });
  receive(client_, large.size() - left - 2 * protocol::largest_piece);
  sender.join();
  while (net::run_ready(loop_), ::recv(client_.far, nullptr, 1 << 20, MSG_TRUNC | MSG_DONTWAIT) > 0) {
  }
  // All of it is there before the tunnel looks, so nothing more will tell of what lies behind the mark.
  send(upstream_, large.substr(large.size() - left, left - behind));
  send(upstream_, "!", MSG_OOB);
  send(upstream_, large.substr(large.size() - behind));
  ASSERT_TRUE(net::acknowledged_within_patience(upstream_.far));
  const auto direction = static_cast<std::size_t>(telemetry::direction::to_client);
  const auto& relayed = worker_.revision->context_of(0)->tally->traffic[direction].messages;
  const auto before_a_ping = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (relayed.get() == 0 && std::chrono::steady_clock::now() < before_a_ping) {
    net::run_ready(loop_);
    ::recv(client_.far, nullptr, 1 << 20, MSG_TRUNC | MSG_DONTWAIT);
  }
  EXPECT_EQ(relayed.get(), 1U);
}

}  // namespace
}  // namespace lastframe::session
