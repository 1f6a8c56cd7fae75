// The driver over real sockets: large frames whose payload passes without being read.
#include "proxy/session/driver.hpp"

#include <array>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/wire.hpp"
#include "tests/unit/net/tcp_pair.hpp"

namespace lastframe::session {
namespace {

using support::wire_message;

struct calls {
  std::size_t reads = 0;
  std::size_t writes = 0;
  std::size_t asked = 0;   ///< how often what was acknowledged
  std::size_t fins = 0;    ///< sent without closing
  bool held_back = false;  ///< the last write, for what follows
  std::size_t passed = 0;  ///< bytes that were written without having been read
};

/// Counts, and lets nothing pass where a test says so.
class counting_stream : public net::stream {
 public:
  counting_stream(net::stream from, calls& counted, const bool& moves)
      : stream(std::move(from)), counted_(&counted), moves_(&moves) {}

  [[nodiscard]] bool moves() const noexcept { return *moves_ && stream::moves(); }

  [[nodiscard]] net::io_result read(std::span<std::byte> into) noexcept {
    ++counted_->reads;
    return stream::read(into);
  }
  [[nodiscard]] net::io_result write(const std::array<std::span<const std::byte>, 2>& from,
                                     bool more = false) noexcept {
    ++counted_->writes;
    counted_->held_back = more;
    return stream::write(from, more);
  }
  [[nodiscard]] net::io_result move_from(pipe& from, std::size_t n) noexcept {
    const net::io_result taken = stream::move_from(from, n);
    counted_->passed += taken.size;
    return taken;
  }
  void shutdown_send() noexcept {
    ++counted_->fins;
    stream::shutdown_send();
  }
  [[nodiscard]] std::uint64_t unacked() const noexcept {
    ++counted_->asked;
    return stream::unacked();
  }

 private:
  calls* counted_;
  const bool* moves_;
};

class driving : public testing::Test {
 protected:
  using driver = tunnel_driver<counting_stream>;

  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  driving() : memory_(protocol::max_header_size + (64 << 10)) {
    driver_.emplace(counting_stream(std::move(client_.near), calls_, moves_[0]),
                    counting_stream(std::move(upstream_.near), calls_, moves_[1]), context_,
                    protocol::framing{}, protocol::tunnel_secrets{}, now());
  }

  static protocol::time_point now() { return std::chrono::steady_clock::now(); }

  driver::room room() {
    return {protocol::mutable_bytes(memory_).subspan(protocol::max_header_size), pipes_};
  }

  void step() {
    for (const leg which : {leg::client, leg::upstream}) {
      driver_->writable(which, now());
      driver_->readable(which, room(), now());
    }
  }

  /// Steps until a peer has got a frame that is the last one. What it got.
  template <class Predicate>
  std::vector<support::wire_frame> receive(int to, Predicate is_last) {
    support::wire_decoder decoder;
    const auto until = now() + net::patience;
    while ((decoder.frames().empty() || !is_last(decoder.frames().back())) && now() < until) {
      step();
      char part[5'000];
      const ssize_t n = ::recv(to, part, sizeof part, MSG_DONTWAIT);
      if (n > 0) decoder.feed({part, static_cast<std::size_t>(n)});
    }
    return decoder.frames();
  }

  /// Sends from one peer, until the other has got a message "end". What that one got.
  std::vector<support::wire_frame> relay(int from, const std::string& bytes, int to) {
    std::thread sender(
        [&] { EXPECT_EQ(::send(from, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size())); });
    auto got = receive(to, [](const support::wire_frame& frame) { return frame.payload == "end"; });
    sender.join();
    return got;
  }

  /// Steps until a pipe keeps what the client's socket does not take. What was read, and is not taken, may be
  /// in the way at first: the client takes that.
  void block_what_passes_to_the_client() {
    const auto until = now() + net::patience;
    while (driver_->machine().passing(leg::client) == 0 && now() < until) {
      step();
      char part[5'000];
      if (driver_->machine().wants_write(leg::client) && driver_->machine().passing(leg::client) == 0)
        (void)::recv(client_.far, part, sizeof part, MSG_DONTWAIT);
    }
    ASSERT_NE(driver_->machine().passing(leg::client), 0U);
  }

  /// The client's, with its FIN behind them; all has arrived when this returns.
  void send_last(const std::string& bytes) {
    ASSERT_EQ(::send(client_.far, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    ::shutdown(client_.far, SHUT_WR);
    ASSERT_TRUE(net::acknowledged_within_patience(client_.far));
  }

  std::vector<std::byte> memory_;
  net::pipe_pool pipes_;
  net::tcp_pair client_;
  net::tcp_pair upstream_;
  protocol::buffer_budget budget_{1 << 20};
  telemetry::route_tally tally_;
  protocol::failure_pacer pacer_;
  protocol::tunnel_settings settings_;
  protocol::tunnel_context context_{&budget_, &tally_, &pacer_, &settings_};
  calls calls_;
  std::array<bool, 2> moves_{true, true};  // by leg
  std::optional<driver> driver_;
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

TEST_F(driving, takes_one_read_and_one_write_for_what_comes_together) {
  const std::string bytes = support::masked(2, pattern(1'000)) + support::masked(1, "and more");
  for (std::size_t i = 1; i <= 10; ++i) {
    ASSERT_EQ(::send(client_.far, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    ASSERT_TRUE(net::acknowledged_within_patience(client_.far));
    driver_->readable(leg::client, room(), now());
    EXPECT_EQ(calls_.reads, i);
    EXPECT_EQ(calls_.writes, i);
    EXPECT_FALSE(driver_->machine().wants_write(leg::upstream));
  }
}

TEST_F(driving, ends_with_its_peers_last_words_and_waits_for_no_timer) {
  const auto arrives = [this](int from, leg at, const std::string& bytes) {
    if (!bytes.empty()) {
      ASSERT_EQ(::send(from, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    } else {
      ::shutdown(from, SHUT_WR);
    }
    ASSERT_TRUE(net::acknowledged_within_patience(from));
    driver_->readable(at, room(), now());
  };
  arrives(client_.far, leg::client, support::masked_close(1000));
  EXPECT_FALSE(calls_.held_back);
  arrives(upstream_.far, leg::upstream, support::unmasked_close(1000));
  EXPECT_TRUE(calls_.held_back) << "the client's FIN goes with its Close";
  EXPECT_EQ(calls_.fins, 1U);
  arrives(upstream_.far, leg::upstream, {});
  EXPECT_EQ(calls_.fins, 1U) << "upstream's goes out by closing";
  EXPECT_FALSE(driver_->machine().finished());
  arrives(client_.far, leg::client, {});
  EXPECT_TRUE(driver_->machine().finished());
  EXPECT_LE(calls_.asked, 2U) << "once a leg";
}

TEST_F(driving, reads_before_a_verdict_but_not_before_a_ping) {
  using std::chrono::seconds;
  const auto begun = now();
  driver_->time_passed(room(), begun + seconds(21));
  EXPECT_EQ(calls_.writes, 2U);
  EXPECT_EQ(calls_.reads, 0U);
  const std::string sent = support::masked(1, "still here");
  ASSERT_EQ(::send(client_.far, sent.data(), sent.size(), 0), static_cast<ssize_t>(sent.size()));
  ASSERT_TRUE(net::acknowledged_within_patience(client_.far));
  ASSERT_TRUE(net::acknowledged_within_patience(driver_->stream(leg::client).descriptor()));
  ASSERT_TRUE(net::acknowledged_within_patience(driver_->stream(leg::upstream).descriptor()));
  driver_->time_passed(room(), begun + seconds(42));
  EXPECT_GE(calls_.reads, 2U);
  EXPECT_TRUE(driver_->machine().is_ending());
  const auto got = receive(client_.far, [](const support::wire_frame& frame) { return frame.opcode == 8; });
  EXPECT_EQ(got.back().payload.substr(0, 2), support::close_payload(1014)) << "the silent one is upstream";
}

TEST_F(driving, lets_large_messages_pass_without_reading_them) {
  const std::string payload = pattern(64 << 10);
  std::string bytes;
  for (int i = 0; i < 40; ++i) bytes += support::unmasked(2, payload);
  const auto got = relay(upstream_.far, bytes + support::unmasked(1, "end"), client_.far);
  std::vector<wire_message> expected(40, {2, 0, payload});
  expected.push_back({1, 0, "end"});
  EXPECT_TRUE(support::reassemble(got) == expected);
  EXPECT_GT(calls_.passed, bytes.size() / 2);
  const auto direction = static_cast<std::size_t>(telemetry::direction::to_client);
  EXPECT_EQ(tally_.traffic[direction].payload_bytes.get(), 40 * payload.size() + 3);
  EXPECT_EQ(budget_.held(), 0U);
}

TEST_F(driving, rotates_the_key_of_what_passes_in_fragments) {
  const std::string payload = pattern(5 << 20);
  const std::string bytes = support::masked(2, payload) + support::masked(1, "end");
  const auto got = relay(client_.far, bytes, upstream_.far);
  EXPECT_TRUE(support::reassemble(got) == (std::vector<wire_message>{{2, 0, payload}, {1, 0, "end"}}));
  EXPECT_GT(got.size(), 40U);
  EXPECT_GT(calls_.passed, payload.size() / 2);
}

TEST_F(driving, reads_everything_where_one_leg_moves_nothing) {
  const std::string payload = pattern(1 << 20);
  const std::string bytes = support::unmasked(2, payload) + support::unmasked(1, "end");
  const std::vector<wire_message> expected{{2, 0, payload}, {1, 0, "end"}};
  for (const std::array<bool, 2> moves : {std::array{true, false}, std::array{false, true}}) {
    moves_ = moves;
    EXPECT_TRUE(support::reassemble(relay(upstream_.far, bytes, client_.far)) == expected);
    EXPECT_EQ(calls_.passed, 0U);
  }
}

TEST_F(driving, sees_a_peer_end_in_the_midst_of_what_passes) {
  const std::string bytes = support::unmasked(2, pattern(5 << 20)).substr(0, 1 << 20);
  std::thread sender([&] {
    ::send(upstream_.far, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(upstream_.far, SHUT_WR);
  });
  const auto got = receive(client_.far, [](const support::wire_frame& frame) { return frame.opcode == 8; });
  sender.join();
  EXPECT_NE(calls_.passed, 0U);
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(got.back().opcode, 8U);
}

TEST_F(driving, reads_no_more_where_it_was_told_that_only_a_fin_is_behind) {
  ASSERT_NO_FATAL_FAILURE(send_last(support::masked(1, "last words")));
  driver_->readable(leg::client, room(), now(), net::tail::fin);
  EXPECT_TRUE(driver_->machine().is_ending());
  EXPECT_FALSE(driver_->unread(leg::client));
  EXPECT_EQ(calls_.reads, 1U);
}

TEST_F(driving, reads_all_that_lies_before_a_fin_where_it_takes_several_reads) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += support::masked(2, pattern(3'000));
  ASSERT_NO_FATAL_FAILURE(send_last(bytes + support::masked(1, "end")));
  const driver::room little{room().buffer.first(4'096), pipes_};
  driver_->readable(leg::client, little, now(), net::tail::fin);
  driver_->look(little, now());
  const auto got =
      receive(upstream_.far, [](const support::wire_frame& frame) { return frame.payload == "end"; });
  EXPECT_EQ(got.size(), 5U);
}

TEST_F(driving, looks_for_an_end_behind_bytes_where_it_may_be) {
  ASSERT_NO_FATAL_FAILURE(send_last(support::masked(1, "last words")));
  driver_->readable(leg::client, room(), now(), net::tail::unknown);
  EXPECT_TRUE(driver_->machine().is_ending());
  EXPECT_FALSE(driver_->unread(leg::client));
  EXPECT_EQ(calls_.reads, 2U);
}

TEST_F(driving, gives_its_pipes_back_when_a_leg_is_lost_with_bytes_in_them) {
  const std::string bytes = support::unmasked(2, pattern(5 << 20));
  std::thread sender([&] { ::send(upstream_.far, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
  ASSERT_NO_FATAL_FAILURE(block_what_passes_to_the_client());
  driver_->machine().abort(now());
  driver_->carry_out(now());
  sender.join();
  EXPECT_TRUE(driver_->machine().finished());
  EXPECT_EQ(budget_.held(), 0U);
  std::vector<net::pipe_pool::handle> all;
  for (std::size_t i = 0; i < net::pipe_pool::most; ++i) {
    all.push_back(pipes_.take());
    ASSERT_TRUE(all.back());
    EXPECT_EQ(all.back()->size(), 0U);
  }
}

TEST_F(driving, gives_up_what_passes_to_a_peer_that_was_reset) {
  const std::string bytes = support::unmasked(2, pattern(5 << 20));
  std::thread sender([&] { ::send(upstream_.far, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
  ASSERT_NO_FATAL_FAILURE(block_what_passes_to_the_client());
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(client_.far, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(std::exchange(client_.far, -1));
  // The socket is not read: that it cannot be written to is all that shows.
  const auto until = now() + net::patience;
  while (driver_->machine().passing(leg::client) != 0 && now() < until) driver_->writable(leg::client, now());
  EXPECT_EQ(driver_->machine().passing(leg::client), 0U);
  EXPECT_EQ(budget_.held(), 0U);
  driver_->machine().abort(now());
  driver_->carry_out(now());
  sender.join();
}

}  // namespace
}  // namespace lastframe::session
