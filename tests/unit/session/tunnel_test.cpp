#include "proxy/session/tunnel.hpp"

#include <array>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/net/on_loop.hpp"
#include "tests/unit/session/one_worker.hpp"

namespace lastframe::session {
namespace {

using testing::ElementsAre;

/// A worker whose epoll set takes no socket, as when the machine's limit of watches is reached.
class worker_that_cannot_watch : public one_worker {
 protected:
  worker_that_cannot_watch() { worker_.poller.stop(); }

  void open_tunnel() {
    tunnel& made = worker_.tunnels.emplace_back(worker_, tunnel_info{}, admission::ticket(),
                                                net::stream(client_.release_near()),
                                                net::stream(upstream_.release_near()), protocol::framing{});
    made.start(std::prev(worker_.tunnels.end()), {}, {});
  }

  [[nodiscard]] std::vector<std::uint64_t> close_codes() const {
    std::vector<std::uint64_t> codes;
    recorder_.closes().for_each([&](const telemetry::close_key& key, std::uint64_t count) {
      codes.insert(codes.end(), count, key.code);
    });
    return codes;
  }

  net::socket_pair client_;
  net::socket_pair upstream_;
};

TEST_F(worker_that_cannot_watch, closes_its_tunnels_with_1011_and_goes_on) {
  open_tunnel();
  std::array<std::uint8_t, 4> frame{};
  ASSERT_EQ(::recv(client_.far, frame.data(), frame.size(), MSG_DONTWAIT), 4);
  EXPECT_EQ(frame[0], 0x88);
  EXPECT_EQ(frame[2] << 8 | frame[3], 1011);
  net::run_until(io_, [this] { return worker_.tunnels.empty(); });
  EXPECT_THAT(close_codes(), ElementsAre(1011, 1011));
}

TEST_F(worker_that_cannot_watch, counts_no_tunnel_as_open_in_the_end) {
  open_tunnel();
  EXPECT_EQ(recorder_.route(0).tunnels.get(), 1U);
  net::run_until(io_, [this] { return worker_.tunnels.empty(); });
  EXPECT_EQ(recorder_.route(0).tunnels.get(), 0U);
}

}  // namespace
}  // namespace lastframe::session
