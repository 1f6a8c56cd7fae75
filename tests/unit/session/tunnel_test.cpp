#include "proxy/session/tunnel.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/net/on_loop.hpp"
#include "tests/unit/net/tcp_pair.hpp"
#include "tests/unit/session/one_worker.hpp"

namespace lastframe::session {
namespace {

using testing::ElementsAre;

/// A worker whose epoll set takes no socket, as when the machine's limit of watches is reached.
class worker_that_cannot_watch : public one_worker {
 protected:
  void open() { open_tunnel(net::stream(client_.release_near()), net::stream(upstream_.release_near())); }

  net::socket_pair client_;
  net::socket_pair upstream_;
  net::broken_set set_{loop_.sockets()};
};

TEST_F(worker_that_cannot_watch, closes_its_tunnels_with_1011_and_goes_on) {
  open();
  std::array<std::uint8_t, 4> frame{};
  ASSERT_EQ(::recv(client_.far, frame.data(), frame.size(), MSG_DONTWAIT), 4);
  EXPECT_EQ(frame[0], 0x88);
  EXPECT_EQ(frame[2] << 8 | frame[3], 1011);
  net::run_until(loop_, [this] { return worker_.tunnels.empty(); });
  EXPECT_THAT(close_codes(), ElementsAre(1011, 1011));
}

TEST_F(worker_that_cannot_watch, counts_no_tunnel_as_open_in_the_end) {
  open();
  EXPECT_EQ(recorder_.route(0).tunnels.get(), 1U);
  net::run_until(loop_, [this] { return worker_.tunnels.empty(); });
  EXPECT_EQ(recorder_.route(0).tunnels.get(), 0U);
}

/// A tunnel between two TCP connections.
class worker_at_a_deadline : public one_worker {
 protected:
  net::tcp_pair client_;
  net::tcp_pair upstream_;
};

TEST_F(worker_at_a_deadline, resets_no_client_that_has_its_close) {
  const int socket = client_.near.descriptor();
  tunnel& made = open_tunnel(std::move(client_.near), std::move(upstream_.near));
  const auto now = loop_.now();
  made.drain({.code = 1012, .begin = now, .end = now, .deadline = now + net::patience});
  ASSERT_TRUE(net::acknowledged_within_patience(socket));
  ASSERT_EQ(::send(client_.far, "\x8a\x80\0\0\0\0", 6, 0), 6);  // a Pong
  ASSERT_TRUE(net::acknowledged_within_patience(client_.far));
  made.abort();
  EXPECT_TRUE(worker_.tunnels.empty());
  std::array<std::uint8_t, 64> bytes{};
  const auto got = ::recv(client_.far, bytes.data(), bytes.size(), MSG_WAITALL);
  ASSERT_GE(got, 4) << "no Close, or a reset";
  EXPECT_EQ(bytes[2] << 8 | bytes[3], 1012);
  EXPECT_EQ(::recv(client_.far, bytes.data(), bytes.size(), 0), 0) << "a reset in place of FIN";
  EXPECT_THAT(close_codes(), testing::UnorderedElementsAre(1012, 1006));
}

}  // namespace
}  // namespace lastframe::session
