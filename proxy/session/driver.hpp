// Does to two streams what a tunnel machine says, and decides nothing (DESIGN §9).
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
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
    requires(T stream, mutable_bytes into, const std::array<protocol::const_bytes, 2>& from,
             typename T::pipe& pipe, typename T::pipe_pool& pipes) {
  { stream.read(into) } -> std::same_as<net::io_result>;
  { stream.read_fin() } -> std::same_as<bool>;
  { stream.write(from, true) } -> std::same_as<net::io_result>;
  { stream.moves() } -> std::same_as<bool>;
  { stream.move_to(pipe, std::size_t{}) } -> std::same_as<net::io_result>;
  { stream.move_from(pipe, std::size_t{}) } -> std::same_as<net::io_result>;
  { pipe.size() } -> std::same_as<std::size_t>;
  { pipe.read(into) } -> std::same_as<std::size_t>;
  { pipes.take() } -> std::same_as<typename T::pipe_pool::handle>;
  { stream.unacked() } -> std::same_as<std::uint64_t>;
  stream.shutdown_send();
  stream.close();
  stream.reset();
};

/// What a worker lends for a step. `max_header_size` bytes before `buffer` must be writable.
template <relay_stream Stream>
struct workspace {
  mutable_bytes buffer;
  typename Stream::pipe_pool& pipes;
};

/// A machine and its two streams. The caller says when something has come on a stream, or room on a `blocked`
/// one, and what time it is; an `unread` one has its turn again. Then it waits for that and for the machine's
/// deadline. No call blocks.
template <relay_stream Stream>
class tunnel_driver {
 public:
  using room = workspace<Stream>;

  /// `arguments` are the machine's. The upstream stream is not used if the machine has no upstream leg.
  template <class... Arguments>
  tunnel_driver(Stream client, Stream upstream, const Arguments&... arguments)
      : machine_(arguments...), streams_{std::move(client), std::move(upstream)} {}

  [[nodiscard]] protocol::tunnel_machine& machine() noexcept { return machine_; }
  [[nodiscard]] const protocol::tunnel_machine& machine() const noexcept { return machine_; }
  [[nodiscard]] const Stream& stream(leg which) const noexcept { return streams_[index(which)]; }

  [[nodiscard]] bool wants_read(leg which) const noexcept { return machine_.wants_read(which); }
  [[nodiscard]] bool wants_write(leg which) const noexcept { return machine_.wants_write(which); }

  /// Whether a leg has refused a write: it is `writable` again when it says so.
  [[nodiscard]] bool blocked(leg which) const noexcept { return blocked_[index(which)]; }
  /// Whether a leg may have something to read of which nothing will tell: it is to be `readable` once more.
  [[nodiscard]] bool unread(leg which) const noexcept {
    return left_[index(which)] != net::tail::nothing && wants_read(which);
  }

  /// Whether there is nothing to do until a socket or the time tells, and no socket that tells of anything
  /// but bytes: how nearly every message leaves it.
  [[nodiscard]] bool at_rest() const noexcept {
    return rests_ && left_[0] == net::tail::nothing && left_[1] == net::tail::nothing &&
           streams_[0].moves() && streams_[1].moves();
  }

  /// A leg may have something to read, and `behind` that what was told of. The room's buffer is used until
  /// this returns, one of its pipes maybe until what lies in it is written.
  void readable(leg which, const room& lent, time_point now, net::tail behind = net::tail::nothing) {
    left_[index(which)] = net::tail::unknown;
    if (behind != net::tail::nothing) {
      tails_[index(which)] = std::max(tails_[index(which)], behind);
      fast_[index(which)] = false;  // what passes would stop at urgent data, and look like nothing
    }
    auto went = progress::part;
    for (int i = 0; i < most_parts && went == progress::part; ++i) {
      went = machine_.wants_read(which) ? take_in(which, lent, now) : progress::nothing;
      carry_out(now);
    }
    if (machine_.is_ending()) look_at_the_end(now);
  }

  /// A leg may take more.
  void writable(leg which, time_point now) {
    if (std::exchange(blocked_[index(which)], false)) carry_out(now);
  }

  /// Bytes of a leg that were read before the tunnel was open; as `readable` otherwise.
  void feed(leg which, mutable_bytes bytes, time_point now) {
    machine_.received(which, bytes, now);
    carry_out(now);
  }

  /// The deadline has come, or any other time.
  void time_passed(const room& lent, time_point now) {
    if (machine_.judges(now)) return look(lent, now);
    advance(now);
  }

  /// The same, with all that lies there read, whatever the machine decides by.
  void look(const room& lent, time_point now) {
    for (const leg which : {leg::client, leg::upstream}) read_to_end(which, lent, now);
    advance(now);
  }

  /// Obeys the machine until it wants nothing more; to be called after giving the machine an input directly.
  void carry_out(time_point now) {
    bool again = true;
    while (again) {
      flush(leg::client, now);
      flush(leg::upstream, now);
      if (pipes_[0] || pipes_[1]) give_pipes_back();
      rests_ = machine_.at_rest();
      if (rests_) return;
      machine_.settle(now);
      again = obey(leg::client, now);
      again = obey(leg::upstream, now) || again;
      again = again || may_write(leg::client) || may_write(leg::upstream);
    }
  }

 private:
  using pipe_handle = typename Stream::pipe_pool::handle;

  // A peer that sends without end must not hold up the others; one that does is not lost either.
  static constexpr int patience = 4;
  // Of headers that are read, payload that passes, and TLS records, up to as much as a few reads would bring.
  static constexpr int most_parts = 8;

  enum class progress { nothing, part, done };

  static constexpr std::size_t index(leg which) noexcept { return static_cast<std::size_t>(which); }

  [[nodiscard]] bool may_write(leg which) const noexcept {
    return machine_.wants_write(which) && !blocked_[index(which)];
  }

  // Where no socket is waited for, what is left is to be acknowledged, and mostly was with a peer's last
  // words. Apart, since it would make each message's way longer.
  [[gnu::noinline]] void look_at_the_end(time_point now) {
    for (const leg which : {leg::client, leg::upstream}) {
      if (wants_read(which) || wants_write(which)) return;
    }
    advance(now);
  }

  void advance(time_point now) {
    machine_.advance(now, state(leg::client), state(leg::upstream));
    carry_out(now);
  }

  [[nodiscard]] protocol::socket_state state(leg which) const noexcept {
    return {.unacked = machine_.awaits_ack(which) ? streams_[index(which)].unacked() : 0};
  }

  // One read; or, of a large frame that comes faster than it is read, its payload unseen.
  progress take_in(leg which, const room& lent, time_point now) {
    const std::size_t i = index(which);
    if (!fast_[i]) return read_once(which, lent.buffer, now);
    if (const std::size_t n = machine_.passable(which); n != 0) {
      if (auto pipe = lent.pipes.take()) return pass_once(which, n, std::move(pipe), lent.buffer, now);
    }
    const std::size_t wanted = machine_.next_passable(which);
    if (wanted >= lent.buffer.size()) return read_once(which, lent.buffer, now);
    const progress went = read_once(which, lent.buffer.first(wanted), now);
    return went == progress::done && fast_[i] ? progress::part : went;
  }

  progress read_once(leg which, mutable_bytes into, time_point now) {
    const std::size_t i = index(which);
    if (left_[i] == net::tail::fin && streams_[i].read_fin())
      return nothing_came(which, net::io_status::end, now);
    const net::io_result found = streams_[i].read(into);
    if (found.status != net::io_status::done) return nothing_came(which, found.status, now);
    const bool full = found.size == into.size();
    left_[i] = found.drained ? tails_[i] : net::tail::unknown;
    fast_[i] = full && tails_[i] == net::tail::nothing && streams_[0].moves() && streams_[1].moves();
    machine_.received(which, into.first(found.size), now);
    return full || left_[i] == net::tail::nothing ? progress::done : progress::part;
  }

  progress nothing_came(leg which, net::io_status why, time_point now) {
    left_[index(which)] = net::tail::nothing;
    if (why == net::io_status::end) machine_.ended(which, protocol::ending::eof, now);
    if (why == net::io_status::reset) machine_.ended(which, protocol::ending::reset, now);
    return progress::nothing;
  }

  progress pass_once(leg from, std::size_t n, pipe_handle pipe, mutable_bytes buffer, time_point now) {
    const net::io_result found = streams_[index(from)].move_to(*pipe, n);
    if (found.status != net::io_status::done) return nothing_came(from, found.status, now);
    if (machine_.passed(from, found.size, now)) {
      pipes_[1 - index(from)] = std::move(pipe);
      return progress::part;
    }
    fast_[index(from)] = false;
    while (pipe->size() != 0) {
      const std::size_t got = pipe->read(buffer);
      if (got == 0) throw std::runtime_error("a pipe keeps what lies in it");
      machine_.received(from, buffer.first(got), now);
      carry_out(now);
    }
    return progress::done;
  }

  void read_to_end(leg which, const room& lent, time_point now) {
    for (int i = 0; i < patience && machine_.wants_read(which); ++i) {
      const progress went = take_in(which, lent, now);
      carry_out(now);
      if (went == progress::nothing) return;
    }
  }

  void flush(leg which, time_point now) {
    if (may_write(which)) write_out(which, now);
  }

  void write_out(leg which, time_point now) {
    do {
      const auto output = machine_.output(which);
      const std::size_t passing = machine_.passing(which);
      const std::size_t before = output[0].size() + output[1].size();
      Stream& to = streams_[index(which)];
      const net::io_result taken =
          before != 0 ? to.write(output, passing != 0 || machine_.socket(which) == protocol::wire::finish)
                      : to.move_from(*pipes_[index(which)], passing);
      if (taken.status == net::io_status::reset || taken.status == net::io_status::end) {
        machine_.write_failed(which, taken.status == net::io_status::reset, now);
        break;
      }
      machine_.sent(which, taken.size, now);
      // What passes comes in parts, of which a short one does not mean that there is no room.
      blocked_[index(which)] = before != 0 ? taken.size < before : taken.size == 0;
    } while (may_write(which));
  }

  void give_pipes_back() {
    for (const leg which : {leg::client, leg::upstream}) {
      if (machine_.passing(which) == 0) pipes_[index(which)].reset();
    }
  }

  bool obey(leg which, time_point now) {
    Stream& stream = streams_[index(which)];
    switch (machine_.socket(which)) {
      case protocol::wire::finish:
        if (machine_.wants_write(which)) return false;
        // Closing sends a FIN too, but no close_notify, and only TCP tells whether all has arrived.
        if (stream.moves() && machine_.ended_in_order(which)) {
          if (const auto last = state(which); last.unacked == 0) return close(which, last);
        }
        stream.shutdown_send();
        machine_.fin_sent(which, now);
        return true;
      case protocol::wire::close:
      case protocol::wire::reset:
        return close(which, state(which));
      default:
        return false;
    }
  }

  bool close(leg which, protocol::socket_state last) {
    Stream& stream = streams_[index(which)];
    machine_.socket(which) == protocol::wire::reset ? stream.reset() : stream.close();
    machine_.closed(which, last);
    return true;
  }

  protocol::tunnel_machine machine_;
  std::array<Stream, 2> streams_;
  std::array<pipe_handle, 2> pipes_;  // by the leg that is written to: where what passes lies
  std::array<bool, 2> blocked_{};
  bool rests_ = false;  // the machine did when it was last obeyed
  // By the leg that is read:
  std::array<bool, 2> fast_{};        // the last read that found something left more behind
  std::array<net::tail, 2> left_{};   // what may lie there still
  std::array<net::tail, 2> tails_{};  // what was told of, to lie behind all that comes
};

}  // namespace lastframe::session
