// The whole life of a tunnel, from its 101 to its close record: DESIGN §2, §4, §5, §6.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "proxy/protocol/failure_pacer.hpp"
#include "proxy/protocol/leg_state.hpp"
#include "proxy/protocol/tunnel_settings.hpp"
#include "telemetry/close_record.hpp"
#include "telemetry/tally.hpp"

namespace lastframe::protocol {

using telemetry::cause;
using telemetry::initiator;
using telemetry::leg;

/// Numbers that no peer can know; drawn afresh for each tunnel.
struct tunnel_secrets {
  std::uint64_t client_ping = 0;
  std::uint64_t upstream_ping = 0;
  std::uint64_t masks = 0;  ///< seeds the masking keys of the proxy's own frames, and its random delays
};

/// What a worker's tunnels of one route share. It outlives the machine, as does all that it names.
struct tunnel_context {
  buffer_budget* budget;
  telemetry::route_tally* tally;
  failure_pacer* pacer;
  const tunnel_settings* settings;
};

/// What a socket says of itself when asked.
struct socket_state {
  std::uint64_t unacked =
      0;  ///< SIOCOUTQ: bytes written that the peer's TCP has not acknowledged, FIN included
};

/// What is to be told of a failure that ends a tunnel before it begins, or of a drain.
struct farewell {
  initiator by;
  cause why;
  close_code code;
  std::string_view reason;
};

/// A tunnel as a function of its inputs: no I/O, no clock. After each input the shell
///  1. for each leg: writes `output`, tells `sent` (or `write_failed`), until the socket takes no more;
///  2. goes on at 4 if it is `at_rest`; else calls `settle`, before it uses the read buffer again;
///  3. for each leg obeys `socket`: `finish`: with nothing left to write, shut down sending, tell `fin_sent`,
///     or, as it may, do as with `close` if it has `ended_in_order` and acknowledged everything; `close` or
///     `reset`: ask the socket's state, close it, tell `closed`; begins anew at 1 if it did any of that;
///  4. asks `wants_read` for each leg, and `deadline` if `rearm` says so;
///  5. once `finished`: takes `record` and destroys the machine.
/// A leg's index is `static_cast<std::size_t>(leg)`. Single-threaded.
class tunnel_machine {
 public:
  /// Both legs are open.
  tunnel_machine(const tunnel_context& context, const framing& rules, const tunnel_secrets& secrets,
                 time_point now);

  /// Only the client leg is open: upstream failed, or the proxy is overloaded. The client gets a Close at
  /// once.
  tunnel_machine(const tunnel_context& context, const farewell& why, const tunnel_secrets& secrets,
                 time_point now);

  // Inputs.

  /// `bytes` were read from a leg; see `relay::next` for what must hold of the memory around them.
  void received(leg from, mutable_bytes bytes, time_point now);
  /// `n` payload bytes, at most `passable`, were taken off a leg without being read, to follow on the other
  /// leg's `output`. False: they are too few, and are to be read and `received` before anything else.
  [[nodiscard]] bool passed(leg from, std::size_t n, time_point now);
  /// A leg's peer sent its FIN, or the connection was reset.
  void ended(leg which, ending how, time_point now);
  /// The leg's socket took the first `n` bytes of `output`.
  void sent(leg which, std::size_t n, time_point now);
  /// The leg's socket refuses to be written to (R9); `reset`: because the connection was reset.
  void write_failed(leg which, bool reset, time_point now);
  void fin_sent(leg which, time_point now);
  void closed(leg which, socket_state last);
  /// Keeps what the sockets did not take, and looks at what is due next.
  void settle(time_point now);
  /// Time has passed. Before this, if it `judges`, the shell reads each leg that `wants_read` until nothing
  /// is left (R5).
  void advance(time_point now, socket_state client, socket_state upstream);
  /// The proxy drains: at `moment` the client gets `code`, or at the end of a message under way to it then,
  /// but no later than `latest`.
  void drain(close_code code, time_point moment, time_point latest, time_point now);
  /// The time for a drain is over: both legs are cut.
  void abort(time_point now);
  /// The proxy itself is at fault.
  void fail(time_point now);

  // Outputs.

  [[nodiscard]] std::array<const_bytes, 2> output(leg which) const noexcept {
    return at(which).out.buffers();
  }
  /// How many of the bytes that `passed` follow on `output`.
  [[nodiscard]] std::size_t passing(leg which) const noexcept { return at(which).out.passing(); }
  /// How many bytes may be taken off a leg without being read: none, or at least
  /// `least_passing`.
  [[nodiscard]] std::size_t passable(leg which) const noexcept;
  /// How many bytes, if read, may lead to where others are `passable`; SIZE_MAX where none is known.
  [[nodiscard]] std::size_t next_passable(leg which) const noexcept { return at(which).in.next_passable(); }
  [[nodiscard]] bool wants_write(leg which) const noexcept { return !at(which).out.empty(); }
  [[nodiscard]] bool wants_read(leg which) const noexcept;
  [[nodiscard]] wire socket(leg which) const noexcept { return at(which).socket; }
  /// Whether a leg's peer has sent its FIN, behind which nothing of it is lost.
  [[nodiscard]] bool ended_in_order(leg which) const noexcept { return at(which).end == ending::eof; }
  /// Whether what a leg's socket says may matter: not behind the FIN, once all before it was acknowledged.
  [[nodiscard]] bool awaits_ack(leg which) const noexcept {
    const leg_state& s = at(which);
    return !s.gone() && !(s.fin_sent && s.has_acked(s.out.written()));
  }
  /// When `advance` is to be called at the latest. May move further away with any input, nearer only if
  /// `rearm`.
  [[nodiscard]] time_point deadline() const noexcept;
  /// Whether the deadline may have come nearer since this was last asked.
  [[nodiscard]] bool rearm() noexcept { return std::exchange(rearm_, false); }
  /// Whether `advance` may decide by what has come so far; else it sends a Ping at most.
  [[nodiscard]] bool judges(time_point now) const noexcept;
  /// Whether nothing is queued, held or due but time: how nearly every message leaves it.
  [[nodiscard]] bool at_rest() const noexcept {
    return !end_ && poll_at_ == never && legs_[0].at_rest() && legs_[1].at_rest() &&
           !context_->budget->exhausted();
  }
  /// Whether something has begun to end it.
  [[nodiscard]] bool is_ending() const noexcept { return ending_; }
  [[nodiscard]] bool finished() const noexcept;
  /// How it ended; meaningful once `finished`.
  [[nodiscard]] const telemetry::close_record& record() const noexcept { return end_->record; }

  [[nodiscard]] const relay& intake_of(leg which) const noexcept { return at(which).in; }
  /// The round-trip time of the last own Ping answered on time, or 0.
  [[nodiscard]] std::chrono::microseconds rtt(leg which) const noexcept { return rtt_[index(which)]; }
  /// What the tunnel keeps in memory for both legs.
  [[nodiscard]] std::size_t held_bytes() const noexcept;

 private:
  // As small as their values: each idle tunnel has them.
  using short_microseconds = std::chrono::duration<std::uint32_t, std::micro>;
  using short_milliseconds = std::chrono::duration<std::uint16_t, std::milli>;
  static constexpr short_milliseconds first_poll{5};
  static constexpr short_milliseconds longest_poll{200};

  struct own_close {
    cause why;
    close_code code;
    time_point latest;
  };

  /// What matters only when the end is near.
  struct end_state {
    telemetry::close_record record;
    std::optional<own_close> wished;     ///< a Close of the proxy's own, waiting for the end of a message
    std::optional<close_status> second;  ///< for the leg that gets its Close after the first has answered
    leg second_leg = leg::upstream;
    close_code drain_code = 0;
    time_point drain_at = never;
    time_point drain_latest = never;
  };

  [[nodiscard]] static constexpr std::size_t index(leg which) noexcept {
    return static_cast<std::size_t>(which);
  }
  [[nodiscard]] leg_state& at(leg which) noexcept {
    return which == leg::client ? std::get<0>(legs_) : std::get<1>(legs_);
  }
  [[nodiscard]] const leg_state& at(leg which) const noexcept {
    return which == leg::client ? std::get<0>(legs_) : std::get<1>(legs_);
  }
  [[nodiscard]] static constexpr leg other(leg which) noexcept {
    return which == leg::client ? leg::upstream : leg::client;
  }
  [[nodiscard]] static constexpr initiator as_initiator(leg which) noexcept {
    return which == leg::client ? initiator::client : initiator::upstream;
  }

  // tunnel_machine.cpp: relaying
  void on_unit(leg from, const unit& found, time_point now);
  void tally(leg from, const relay::totals& before);
  void use_place(leg from, const_bytes rest, time_point now);
  void forward(leg from, const unit& found);
  void on_control(leg from, const unit& found, time_point now);
  void on_close(leg from, const unit& found, const_bytes payload, time_point now);
  void on_too_big(leg from, time_point now);
  [[nodiscard]] std::uint64_t random() noexcept;
  [[nodiscard]] std::optional<masking_key> key_towards(leg which) noexcept;

  // tunnel_closing.cpp: ending
  void begin_ending(initiator by, cause why);
  void watch(leg which) noexcept;
  void ignore(leg which) noexcept;
  static void cut(leg_state& s) noexcept;
  void lose(leg which, cause why, std::string_view reason, time_point now);
  void tell_survivor(leg which, std::string_view reason, time_point now);
  void close_by_proxy(leg first, cause why, close_status to_first, close_status to_second, time_point now);
  void give_close(leg which, close_status status, time_point earliest, time_point now);
  void place_close(leg which, time_point now);
  void close_placed(leg which, time_point now);
  void release_second(time_point now);
  void answer_peer(leg which, time_point now);
  void progress(time_point now);
  void progress_leg(leg which, time_point now);
  void check_own_close(time_point now);
  [[nodiscard]] bool exchanged(leg which) const noexcept;

  // tunnel_timing.cpp: clocks
  void track(leg which, time_point now);
  void poll(time_point now);
  static void note_acked(leg_state& s, socket_state state) noexcept;
  void look_at(leg which, socket_state state, time_point now);
  void check_waits(leg which, time_point now);
  void check_keepalive(leg which, socket_state state, time_point now);
  void send_ping(leg which, time_point now);
  void check_unfinished(time_point now);
  [[nodiscard]] time_point deadline_of(leg which) const noexcept;

  const tunnel_context* context_;
  std::array<leg_state, 2> legs_;
  std::array<short_microseconds, 2> rtt_{};
  std::uint64_t random_;
  seldom<end_state> end_;
  time_point lifetime_at_ = never;
  time_point poll_at_ = never;
  short_milliseconds poll_step_ = first_poll;
  bool ending_ = false;
  bool draining_ = false;
  bool rearm_ = true;
};

}  // namespace lastframe::protocol
