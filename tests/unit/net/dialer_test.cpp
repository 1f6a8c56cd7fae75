#include "proxy/net/dialer.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "proxy/net/listener.hpp"
#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

task<void> keep(task<dial_result> from, std::optional<dial_result>& into) {
  into.emplace(co_await std::move(from));
}

task<void> accept_later(event_loop& loop, acceptor& listening) {
  co_await sleep(loop, steady_clock::now() + milliseconds(30));
  (void)listening.accept();
}

class dialling : public testing::Test {
 protected:
  dial_result outcome_of(task<dial_result> attempt) {
    std::optional<dial_result> outcome;
    asio::co_spawn(loop_.io(), keep(std::move(attempt), outcome), asio::detached);
    run_until(loop_, [&] { return outcome.has_value(); });
    return std::move(*outcome);
  }

  static dial_error error_of(const dial_result& outcome) {
    if (std::holds_alternative<connection>(outcome)) throw std::runtime_error("connected");
    return std::get<dial_error>(outcome);
  }

  /// Bound and not listening: it refuses, and is nobody else's meanwhile.
  asio::ip::tcp::acceptor held_port(const char* host) {
    const asio::ip::tcp::endpoint where(asio::ip::make_address(host), 0);
    asio::ip::tcp::acceptor held(io_, where.protocol());
    held.bind(where);
    return held;
  }

  std::string_view nothing_;  // to be sent at once

  static time_point soon() { return steady_clock::now() + seconds(10); }

  asio::io_context io_;  // of those who listen
  event_loop loop_;
  resolver names_{loop_};
};

TEST_F(dialling, a_literal_connects_without_delay_of_small_segments) {
  const acceptor listening = listen_tcp(io_, resolve_listener("127.0.0.1", 0).front());
  dial_result outcome =
      outcome_of(dial_tcp(loop_, names_, "127.0.0.1", port_of(listening.local_endpoint()), nothing_, soon()));
  ASSERT_TRUE(std::holds_alternative<connection>(outcome));
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  ::getsockopt(std::get<connection>(outcome).descriptor(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
  EXPECT_NE(no_delay, 0);
}

TEST_F(dialling, over_loopback_the_first_bytes_go_with_the_connection) {
  acceptor listening = listen_tcp(io_, resolve_listener("127.0.0.1", 0).front());
  const std::uint16_t port = port_of(listening.local_endpoint());
  std::string_view first = "hello";
  const dial_result outcome = outcome_of(dial_tcp(loop_, names_, "127.0.0.1", port, first, soon()));
  ASSERT_TRUE(std::holds_alternative<connection>(outcome));
  EXPECT_EQ(first, "") << "what was sent";
  std::array<char, 5> arrived{};
  asio::generic::stream_protocol::socket peer = listening.accept();
  asio::read(peer, asio::buffer(arrived));
  EXPECT_EQ(std::string_view(arrived.data(), arrived.size()), "hello");
}

TEST_F(dialling, of_what_is_refused_nothing_was_sent) {
  const asio::ip::tcp::acceptor held = held_port("127.0.0.1");
  std::string_view first = "hello";
  EXPECT_EQ(
      error_of(outcome_of(dial_tcp(loop_, names_, "127.0.0.1", held.local_endpoint().port(), first, soon()))),
      dial_error::refused);
  EXPECT_EQ(first, "hello");
}

TEST_F(dialling, what_does_not_leave_the_machine_goes_without_pacing) {
  const acceptor listening = listen_tcp(io_, resolve_listener("127.0.0.1", 0).front());
  dial_result outcome =
      outcome_of(dial_tcp(loop_, names_, "127.0.0.1", port_of(listening.local_endpoint()), nothing_, soon()));
  ASSERT_TRUE(std::holds_alternative<connection>(outcome));
  std::array<char, 16> control{};
  auto size = static_cast<socklen_t>(control.size());
  ::getsockopt(std::get<connection>(outcome).descriptor(), IPPROTO_TCP, TCP_CONGESTION, control.data(),
               &size);
  EXPECT_STREQ(control.data(), "reno");
}

TEST_F(dialling, a_name_passes_over_those_of_its_addresses_that_refuse) {
  const acceptor listening = listen_tcp(io_, resolve_listener("127.0.0.1", 0).front());
  EXPECT_TRUE(std::holds_alternative<connection>(outcome_of(
      dial_tcp(loop_, names_, "localhost", port_of(listening.local_endpoint()), nothing_, soon()))));
}

TEST_F(dialling, a_port_that_nobody_serves_is_refused) {
  const asio::ip::tcp::acceptor held = held_port("::1");
  EXPECT_EQ(
      error_of(outcome_of(dial_tcp(loop_, names_, "::1", held.local_endpoint().port(), nothing_, soon()))),
      dial_error::refused);
}

TEST_F(dialling, a_name_does_not_spend_all_its_time_on_an_address_that_does_not_answer) {
  const acceptor good = listen_tcp(io_, resolve_listener("127.0.0.1", 0).front());
  const std::uint16_t port = port_of(good.local_endpoint());
  // Of a full backlog the kernel drops what comes, as a firewall would.
  acceptor mute = listen_tcp(io_, resolve_listener("127.0.0.2", port).front());
  ::listen(mute.native_handle(), 0);
  resolver both(loop_, [](const std::string&) -> resolution {
    return std::vector{asio::ip::make_address("127.0.0.2"), asio::ip::make_address("127.0.0.1")};
  });

  EXPECT_TRUE(
      std::holds_alternative<connection>(outcome_of(dial_tcp(loop_, both, "name", port, nothing_, soon()))));
  const dial_result outcome =
      outcome_of(dial_tcp(loop_, both, "name", port, nothing_, steady_clock::now() + seconds(2)));
  ASSERT_TRUE(std::holds_alternative<connection>(outcome));
  endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  ASSERT_EQ(::getpeername(std::get<connection>(outcome).descriptor(), peer.data(), &size), 0);
  peer.resize(size);
  EXPECT_EQ(to_string(peer), to_string(good.local_endpoint()));
}

TEST_F(dialling, a_name_whose_lookup_finds_no_resources_is_not_called_unknown) {
  resolver out_of_files(loop_, [](const std::string&) -> resolution {
    return error_code(EMFILE, boost::system::system_category());
  });
  EXPECT_EQ(error_of(outcome_of(dial_tcp(loop_, out_of_files, "name", 1, nothing_, soon()))),
            dial_error::no_resources);
}

/// Leaves the process no descriptor.
struct none_left {
  none_left() {
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int next = ::dup(0);
    ::close(next);
    const rlimit limit{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~none_left() { ::setrlimit(RLIMIT_NOFILE, &before); }
  none_left(const none_left&) = delete;
  none_left& operator=(const none_left&) = delete;

  rlimit before{};
};

TEST_F(dialling, without_a_descriptor_left_is_no_fault_of_whom_it_calls) {
  const auto try_it = [&] {
    return error_of(outcome_of(dial_tcp(loop_, names_, "127.0.0.1", 1, nothing_, soon())));
  };
  // Asio, and the sanitizer's checks of it, take the descriptors that they need at their first use.
  EXPECT_EQ(try_it(), dial_error::refused);
  const none_left now;
  EXPECT_EQ(try_it(), dial_error::no_resources);
}

TEST_F(dialling, a_name_that_nobody_knows_is_not_resolved) {
  EXPECT_EQ(error_of(outcome_of(dial_tcp(loop_, names_, "nobody.invalid", 1, nothing_, soon()))),
            dial_error::not_resolved);
}

TEST_F(dialling, after_the_deadline_is_too_late) {
  const acceptor listening = listen_tcp(io_, resolve_listener("127.0.0.1", 0).front());
  EXPECT_EQ(error_of(outcome_of(dial_tcp(loop_, names_, "127.0.0.1", port_of(listening.local_endpoint()),
                                         nothing_, steady_clock::now()))),
            dial_error::timed_out);
}

TEST_F(dialling, a_unix_socket_that_is_not_there_is_refused) {
  EXPECT_EQ(error_of(outcome_of(dial_unix(loop_, "/nowhere/at/all", soon()))), dial_error::refused);
}

TEST_F(dialling, a_unix_socket_waits_for_room_in_a_full_backlog_until_the_deadline) {
  std::string directory = "/tmp/lastframe-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/socket";
  {
    acceptor listening = listen_unix(io_, path);
    ::listen(listening.native_handle(), 0);
    const dial_result first = outcome_of(dial_unix(loop_, path, soon()));
    ASSERT_TRUE(std::holds_alternative<connection>(first));
    const auto begun = steady_clock::now();
    EXPECT_EQ(error_of(outcome_of(dial_unix(loop_, path, begun + milliseconds(50)))), dial_error::timed_out);
    EXPECT_GE(steady_clock::now(), begun + milliseconds(50));
    // Room that comes meanwhile is taken.
    asio::co_spawn(loop_.io(), accept_later(loop_, listening), asio::detached);
    EXPECT_TRUE(std::holds_alternative<connection>(outcome_of(dial_unix(loop_, path, soon()))));
  }
  ::unlink(path.c_str());
  ::rmdir(directory.c_str());
}

}  // namespace
}  // namespace lastframe::net
