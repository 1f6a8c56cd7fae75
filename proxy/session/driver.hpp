// Does to two streams what a tunnel machine says, and decides nothing (DESIGN §9).
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "proxy/net/stream.hpp"
#include "proxy/protocol/tunnel_machine.hpp"

namespace lastframe::session {

using protocol::mutable_bytes;
using protocol::time_point;
using telemetry::leg;

/// What a tunnel needs of a transport: `net::stream`, or a simulated one.
template <class T>
concept relay_stream = std::movable<T> &&
    requires(T stream, mutable_bytes into, const std::array<protocol::const_bytes, 2>& from) {
  { stream.read(into) } -> std::same_as<net::io_result>;
  { stream.write(from) } -> std::same_as<net::io_result>;
  { stream.unacked() } -> std::same_as<std::uint64_t>;
  stream.shutdown_send();
  stream.close();
  stream.reset();
};

/// A machine and its two streams. The caller says when a stream may be ready and what time it is; afterwards
/// it waits for `wants_read`, `wants_write` and the machine's deadline. No call blocks.
template <relay_stream Stream>
class tunnel_driver {
 public:
  /// `arguments` are the machine's. The upstream stream is not used if the machine has no upstream leg.
  template <class... Arguments>
  tunnel_driver(Stream client, Stream upstream, const Arguments&... arguments)
      : machine_(arguments...), streams_{std::move(client), std::move(upstream)} {}

  [[nodiscard]] protocol::tunnel_machine& machine() noexcept { return machine_; }
  [[nodiscard]] const protocol::tunnel_machine& machine() const noexcept { return machine_; }
  [[nodiscard]] const Stream& stream(leg which) const noexcept { return streams_[index(which)]; }

  [[nodiscard]] bool wants_read(leg which) const noexcept { return machine_.wants_read(which); }
  [[nodiscard]] bool wants_write(leg which) const noexcept { return machine_.wants_write(which); }

  /// A leg may have something to read. `buffer` is used until this returns; `max_header_size` bytes before it
  /// must be writable.
  void readable(leg which, mutable_bytes buffer, time_point now) {
    if (machine_.wants_read(which)) read_once(which, buffer, now);
    carry_out(now);
  }

  /// A leg may take more.
  void writable(leg which, time_point now) {
    blocked_[index(which)] = false;
    carry_out(now);
  }

  /// Bytes of a leg that were read before the tunnel was open; as `readable` otherwise.
  void feed(leg which, mutable_bytes bytes, time_point now) {
    machine_.received(which, bytes, now);
    carry_out(now);
  }

  /// The deadline has come, or any other time.
  void time_passed(mutable_bytes buffer, time_point now) {
    for (const leg which : {leg::client, leg::upstream}) read_to_end(which, buffer, now);
    machine_.advance(now, state(leg::client), state(leg::upstream));
    carry_out(now);
  }

  /// Obeys the machine until it wants nothing more; to be called after giving the machine an input directly.
  void carry_out(time_point now) {
    bool again = true;
    while (again) {
      flush(leg::client, now);
      flush(leg::upstream, now);
      machine_.settle(now);
      again = obey(leg::client, now);
      again = obey(leg::upstream, now) || again;
      again = again || may_write(leg::client) || may_write(leg::upstream);
    }
  }

 private:
  // A peer that sends without end must not hold up the others; one that does is not lost either.
  static constexpr int patience = 4;

  static constexpr std::size_t index(leg which) noexcept { return static_cast<std::size_t>(which); }

  [[nodiscard]] bool may_write(leg which) const noexcept {
    return machine_.wants_write(which) && !blocked_[index(which)];
  }

  [[nodiscard]] protocol::socket_state state(leg which) const noexcept {
    return {.unacked = machine_.socket(which) == protocol::wire::gone ? 0 : streams_[index(which)].unacked()};
  }

  bool read_once(leg which, mutable_bytes buffer, time_point now) {
    const net::io_result found = streams_[index(which)].read(buffer);
    switch (found.status) {
      case net::io_status::done:
        machine_.received(which, buffer.first(found.size), now);
        return true;
      case net::io_status::would_block:
        return false;
      case net::io_status::end:
        machine_.ended(which, protocol::ending::eof, now);
        return false;
      case net::io_status::reset:
        machine_.ended(which, protocol::ending::reset, now);
        return false;
    }
    return false;
  }

  void read_to_end(leg which, mutable_bytes buffer, time_point now) {
    for (int i = 0; i < patience && machine_.wants_read(which); ++i) {
      const bool more = read_once(which, buffer, now);
      carry_out(now);
      if (!more) return;
    }
  }

  void flush(leg which, time_point now) {
    while (may_write(which)) {
      const auto output = machine_.output(which);
      const net::io_result taken = streams_[index(which)].write(output);
      if (taken.status == net::io_status::reset || taken.status == net::io_status::end) {
        return machine_.write_failed(which, taken.status == net::io_status::reset, now);
      }
      machine_.sent(which, taken.size, now);
      blocked_[index(which)] = taken.size < output[0].size() + output[1].size();
    }
  }

  bool obey(leg which, time_point now) {
    Stream& stream = streams_[index(which)];
    switch (machine_.socket(which)) {
      case protocol::wire::finish:
        if (machine_.wants_write(which)) return false;
        stream.shutdown_send();
        machine_.fin_sent(which, now);
        return true;
      case protocol::wire::close:
      case protocol::wire::reset: {
        const protocol::socket_state last = state(which);
        machine_.socket(which) == protocol::wire::reset ? stream.reset() : stream.close();
        machine_.closed(which, last);
        return true;
      }
      default:
        return false;
    }
  }

  protocol::tunnel_machine machine_;
  std::array<Stream, 2> streams_;
  std::array<bool, 2> blocked_{};
};

}  // namespace lastframe::session
