#include "proxy/session/tunnel.hpp"

#include <array>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "proxy/session/worker_context.hpp"
#include "tests/unit/net/on_loop.hpp"

namespace lastframe::session {
namespace {

using testing::ElementsAre;

std::shared_ptr<const config::settings> one_route() {
  auto settings = std::make_shared<config::settings>();
  settings->routes.emplace_back().tunnel.close_timeout = std::chrono::milliseconds(20);
  return settings;
}

telemetry::catalogue names_of_one_route() {
  telemetry::catalogue names;
  names.routes = {"only"};
  names.endpoints = {{"127.0.0.1:1"}};
  names.failure_codes = {1014};
  names.client_lost_codes = {0};
  return names;
}

/// A worker whose epoll set takes no socket, as when the machine's limit of watches is reached.
class worker_that_cannot_watch : public testing::Test {
 protected:
  worker_that_cannot_watch() { worker_.poller.stop(); }
  ~worker_that_cannot_watch() override { ::close(null_); }

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
  asio::io_context io_;
  telemetry::catalogue names_ = names_of_one_route();
  int null_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  telemetry::log_output nowhere_{null_};
  telemetry::access_log access_{nowhere_, telemetry::log_format::json, telemetry::access_filter::all, names_};
  telemetry::logger log_{nowhere_, telemetry::log_format::json, telemetry::log_level::error};
  admission places_{1, 1};
  telemetry::recorder recorder_{names_, std::make_shared<telemetry::code_labels>(names_)};
  worker_context worker_{io_, one_route(), recorder_, access_, log_, places_};
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
