// What the tunnel machine knows of one leg.
#pragma once

#include <cstdint>
#include <optional>

#include "proxy/protocol/close.hpp"
#include "proxy/protocol/keepalive.hpp"
#include "proxy/protocol/outbox.hpp"
#include "proxy/protocol/relay.hpp"
#include "proxy/protocol/seldom.hpp"
#include "telemetry/vocabulary.hpp"

namespace lastframe::protocol {

/// What becomes of the bytes that a peer sends.
enum class intake : std::uint8_t {
  relayed,  ///< forwarded to the other leg
  watched,  ///< read for its Close; all else is dropped
  ignored,  ///< dropped: behind its Close, or no longer understood
};

/// How a peer stopped sending.
enum class ending : std::uint8_t { none, eof, reset };

/// How far the proxy has come in giving up a leg's socket.
enum class wire : std::uint8_t {
  open,
  finish,  ///< FIN as soon as nothing is queued
  linger,  ///< FIN is out; the peer's own is awaited
  close,   ///< to be closed now
  reset,   ///< to be closed now, with a reset
  gone,    ///< closed, or never opened
};

inline constexpr time_point never = time_point::max();

/// What matters of a leg only once its tunnel ends, or it cannot be written to.
struct leg_closing {
  std::optional<close_status> got;   ///< the Close that it sent
  std::optional<close_status> due;   ///< the Close that it will get when one fits in (R1)
  std::optional<close_status> sent;  ///< the Close that was queued for it; nothing follows (R7)
  std::uint64_t close_end = 0;       ///< where that Close ends in the count of bytes written
  time_point due_at = never;         ///< when `due` may be sent at the earliest
  time_point wait_until = never;     ///< when waiting for its Close, or for a place to put ours, ends
  time_point linger_until = never;   ///< when waiting for its FIN ends
};

/// One leg of a tunnel. A plain aggregate of state: all decisions are the machine's.
struct leg_state {
  leg_state(telemetry::leg which, const framing& rules, const tunnel_settings& settings,
            std::uint64_t ping_secret, buffer_budget& budget, time_point now) noexcept
      : in(which, rules, settings.max_message.value_or(UINT64_MAX), budget),
        out(budget),
        alive(which == telemetry::leg::client ? settings.client_keepalive : settings.upstream_keepalive,
              ping_secret, now) {}

  relay in;    ///< what this peer sends
  outbox out;  ///< what is queued for it
  keepalive alive;

  seldom<leg_closing> closing;

  /// Where the Ping whose arrival matters stands in the count of bytes written.
  std::uint64_t ping_begin = 0;
  std::int64_t acked = 0;          ///< bytes that its TCP had acknowledged when last looked at
  time_point looked_at = never;    ///< when that was, while something waits to be acknowledged; else never
  time_point progress_at = never;  ///< since when nothing more was acknowledged, likewise
  time_point stalled_at = never;   ///< up to when it is counted that it cannot take more; else never
  time_point held_at = never;      ///< since when it owes the rest of a frame; else never

  std::uint8_t ping_size = 0;  ///< of that Ping's frame
  intake mode = intake::relayed;
  ending end = ending::none;
  wire socket = wire::open;
  bool paused = false;        ///< not read: its turn comes when the other leg has answered
  bool flush_only = false;    ///< gets what is queued and FIN, no Close
  bool write_failed = false;  ///< R9: nothing can be written, reading goes on
  bool write_was_reset = false;
  bool close_acked = false;  ///< `sent` was acknowledged: `close_timeout` runs
  bool expired = false;      ///< its Close did not come in time
  bool cut = false;          ///< to be cut at `wait_until`, acknowledged or not
  bool fin_sent = false;

  /// Whether its TCP had acknowledged that many bytes when last looked at.
  [[nodiscard]] bool has_acked(std::uint64_t bytes) const noexcept {
    return acked >= static_cast<std::int64_t>(bytes);
  }
  /// Nothing more may be queued for it.
  [[nodiscard]] bool sealed() const noexcept {
    return closing->sent || flush_only || write_failed || socket != wire::open;
  }
  /// It is read, and nothing is queued for it or held of it.
  [[nodiscard]] bool at_rest() const noexcept {
    return !closing && out.empty() && !in.unfinished() && held_at == never && alive.runs();
  }
  [[nodiscard]] bool gone() const noexcept { return socket == wire::gone; }
};

}  // namespace lastframe::protocol
