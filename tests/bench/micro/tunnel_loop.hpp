// An open tunnel without sockets: what a message costs in the proxy's own code, from read to write.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "proxy/protocol/tunnel_machine.hpp"
#include "proxy/session/driver.hpp"
#include "tests/bench/micro/tape.hpp"
#include "tests/support/memory_pipe.hpp"

namespace lastframe::bench {

/// A socket whose bytes stand in the read buffer already, and that takes all that is written.
class still_stream {
 public:
  [[nodiscard]] net::io_result read(protocol::mutable_bytes into) const noexcept {
    return {net::io_status::done, into.size()};
  }
  [[nodiscard]] static bool read_fin() noexcept { return false; }
  [[nodiscard]] net::io_result write(const std::array<protocol::const_bytes, 2>& from,
                                     bool = false) const noexcept {
    return {net::io_status::done, from[0].size() + from[1].size()};
  }

  using pipe = support::memory_pipe;
  using pipe_pool = support::memory_pipe_pool;
  [[nodiscard]] bool moves() const noexcept { return false; }
  [[nodiscard]] net::io_result move_to(pipe&, std::size_t) const noexcept { return {}; }
  [[nodiscard]] net::io_result move_from(pipe&, std::size_t) const noexcept { return {}; }

  [[nodiscard]] std::uint64_t unacked() const noexcept { return 0; }
  void shutdown_send() {}
  void close() {}
  void reset() {}
};

class tunnel_loop {
 public:
  tunnel_loop(telemetry::leg from, std::size_t payload_size, arrival how)
      : from_(from),
        tape_(from, payload_size, how),
        driver_({}, {}, context_, protocol::framing{}, secrets(), now_) {}

  /// Relays the whole tape once.
  void run() {
    for (std::size_t number = 0; number < tape_.reads(); ++number) {
      driver_.readable(from_, {tape_.read(number), pipes_}, now_);
      tape_.restore(number);
    }
  }

  [[nodiscard]] const tape& input() const noexcept { return tape_; }
  /// So far.
  [[nodiscard]] std::uint64_t relayed_messages() const noexcept {
    return driver_.machine().intake_of(from_).received().messages;
  }

 private:
  [[nodiscard]] static protocol::tunnel_secrets secrets() noexcept {
    return {.client_ping = 1, .upstream_ping = 2, .masks = 3};
  }

  telemetry::leg from_;
  tape tape_;
  protocol::buffer_budget budget_{256 << 20};
  telemetry::route_tally tally_;
  protocol::failure_pacer pacer_;
  protocol::tunnel_settings settings_;
  protocol::tunnel_context context_{&budget_, &tally_, &pacer_, &settings_};
  support::memory_pipe_pool pipes_;
  protocol::time_point now_{};
  session::tunnel_driver<still_stream> driver_;
};

}  // namespace lastframe::bench
