#include "proxy/session/accept.hpp"

#include <chrono>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/unit/net/on_loop.hpp"
#include "tests/unit/session/one_worker.hpp"

namespace lastframe::session {
namespace {

class accepting : public one_worker {
 protected:
  accepting() {
    asio::co_spawn(loop_.io(), accept_clients(worker_, listening_),
                   [this](std::exception_ptr) { ended_ = true; });
  }

  [[nodiscard]] static bool is_reset(net::socket& client) {
    char byte = 0;
    net::error_code error;
    client.read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::connection_reset;
  }

  bool ended_ = false;

  listening_socket listening_{net::listen_tcp(io_, net::resolve_listener("127.0.0.1", 0).front())};
};

TEST_F(accepting, rests_between_failures_of_whatever_kind) {
  // As `ss --kill` leaves it: every accept fails at once.
  ASSERT_EQ(::shutdown(listening_.acceptor.native_handle(), SHUT_RDWR), 0);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  int turns = 0;
  for (; std::chrono::steady_clock::now() < until; ++turns) loop_.take_turn(std::chrono::milliseconds(20));
  EXPECT_LT(turns, 100);
}

TEST_F(accepting, tries_again_when_the_poller_takes_no_socket) {
  std::vector<admission::ticket> taken;
  do taken.push_back(places_.enter());
  while (taken.back().what() != admission::kind::none);
  net::socket client(io_);
  {
    const net::broken_set now(loop_.sockets());
    net::run_for(loop_, std::chrono::milliseconds(100));
    client.connect(listening_.acceptor.local_endpoint());
    net::run_for(loop_, std::chrono::milliseconds(100));
    client.non_blocking(true);
  }
  net::run_until(loop_, [&] { return is_reset(client); });
  EXPECT_FALSE(ended_);
}

TEST_F(accepting, resets_clients_for_whom_no_place_of_any_kind_is_left) {
  std::vector<admission::ticket> taken;
  do taken.push_back(places_.enter());
  while (taken.back().what() != admission::kind::none);
  net::socket client(io_);
  client.connect(listening_.acceptor.local_endpoint());
  client.non_blocking(true);
  net::run_until(loop_, [&] { return is_reset(client); });
  EXPECT_EQ(places_.held(), 2 + admission::most_refused);
}

TEST_F(accepting, leaves_those_who_wait_to_the_others_who_hold_an_inherited_socket) {
  net::acceptor held = net::duplicate(io_, listening_.acceptor);
  for (const bool inherited : {true, false}) {
    listening_socket shared{.acceptor = net::duplicate(io_, held), .inherited = inherited};
    net::socket client(io_);
    client.connect(held.local_endpoint());
    stop_accepting(worker_, shared);
    held.non_blocking(true);
    net::error_code error;
    (void)held.accept(error);
    EXPECT_EQ(!error, inherited) << error;
  }
}

TEST_F(accepting, ends_when_it_is_told_to_stop) {
  net::run_ready(loop_);
  stop_accepting(worker_, listening_);
  EXPECT_FALSE(listening_.acceptor.is_open());
  net::run_until(loop_, [this] { return ended_; });
}

}  // namespace
}  // namespace lastframe::session
