// What one turn of a leg may take: others wait meanwhile.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/session/driver.hpp"
#include "tests/support/memory_pipe.hpp"
#include "tests/support/wire.hpp"

namespace lastframe::session {
namespace {

/// A peer that sends frames without end, and takes everything at once.
class endless_stream {
 public:
  using pipe = support::memory_pipe;
  using pipe_pool = support::memory_pipe_pool;

  endless_stream(std::string frame, bool moves, std::size_t& taken)
      : frame_(std::move(frame)), moves_(moves), taken_(&taken) {}

  [[nodiscard]] net::io_result read(std::span<std::byte> into) noexcept {
    for (std::byte& each : into) each = static_cast<std::byte>(next());
    return {net::io_status::done, into.size()};
  }
  [[nodiscard]] static bool read_fin() noexcept { return false; }
  [[nodiscard]] net::io_result write(const std::array<std::span<const std::byte>, 2>& from, bool) noexcept {
    return take(from[0].size() + from[1].size());
  }
  [[nodiscard]] bool moves() const noexcept { return moves_; }
  [[nodiscard]] net::io_result move_to(pipe& to, std::size_t n) {
    n = std::min<std::size_t>(n, 64 << 10);
    for (std::size_t i = 0; i < n; ++i) to.bytes.push_back(next());
    return {net::io_status::done, n};
  }
  [[nodiscard]] net::io_result move_from(pipe& from, std::size_t n) {
    from.bytes.erase(0, n);
    return take(n);
  }
  [[nodiscard]] static std::uint64_t unacked() noexcept { return 0; }
  static void shutdown_send() noexcept {}
  static void close() noexcept {}
  static void reset() noexcept {}

 private:
  [[nodiscard]] char next() noexcept { return frame_[sent_++ % frame_.size()]; }
  [[nodiscard]] net::io_result take(std::size_t n) const noexcept {
    *taken_ += n;
    return {net::io_status::done, n};
  }

  std::string frame_;
  bool moves_;
  std::size_t* taken_;
  std::size_t sent_ = 0;
};

/// The most that was written in one of many turns, for a peer that sends messages of a size.
std::size_t most_in_a_turn(std::size_t payload, bool moves) {
  protocol::buffer_budget budget(1 << 20);
  telemetry::route_tally tally;
  protocol::failure_pacer pacer;
  const protocol::tunnel_settings settings;
  const protocol::tunnel_context context{&budget, &tally, &pacer, &settings};
  std::vector<std::byte> memory(protocol::max_header_size + (64 << 10));
  const auto buffer = protocol::mutable_bytes(memory).subspan(protocol::max_header_size);
  support::memory_pipe_pool pipes;
  std::size_t taken = 0;
  const protocol::time_point now{};
  tunnel_driver<endless_stream> flooded(
      endless_stream("", moves, taken),
      endless_stream(support::unmasked(2, std::string(payload, 'x')), moves, taken), context,
      protocol::framing{}, protocol::tunnel_secrets{}, now);
  std::size_t most = 0;
  for (int turn = 0; turn < 50; ++turn) {
    taken = 0;
    flooded.readable(leg::upstream, {buffer, pipes}, now);
    most = std::max(most, taken);
    EXPECT_TRUE(flooded.unread(leg::upstream)) << "its next turn would never come";
  }
  return most;
}

TEST(turn, takes_no_more_than_its_part_of_what_a_peer_sends_without_end) {
  for (const std::size_t payload : {100U, 20'000U, 100'000U, 1U << 20}) {
    SCOPED_TRACE(payload);
    const std::size_t read = most_in_a_turn(payload, false);
    EXPECT_GE(read, 32U << 10);
    EXPECT_LE(read, 128U << 10);
    const std::size_t passed = most_in_a_turn(payload, true);
    EXPECT_GE(passed, 32U << 10);
    EXPECT_LE(passed, 520U << 10) << "eight parts and their headers";
  }
}

}  // namespace
}  // namespace lastframe::session
