// The tunnel machine's clocks: keepalive, progress, the waits of a closing leg, and when to look again.
#include <algorithm>
#include <array>

#include "proxy/protocol/tunnel_machine.hpp"

namespace lastframe::protocol {

namespace {

using std::chrono::seconds;

constexpr seconds longest_unfinished{30};

std::array<std::byte, 8> to_bytes(std::uint64_t value) noexcept {
  std::array<std::byte, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (56 - 8 * i));
  return bytes;
}

}  // namespace

void tunnel_machine::settle(time_point now) {
  if (end_->wished) check_own_close(now);
  for (const leg which : {leg::client, leg::upstream}) at(which).out.settle();
  progress(now);
  for (const leg which : {leg::client, leg::upstream}) track(which, now);
  poll(now);
}

void tunnel_machine::track(leg which, time_point now) {
  leg_state& s = at(which);
  const bool blocked = !s.out.empty();
  if (s.stalled_at != never) {
    // Counted as it goes on: a stall of minutes must not show only when it is over.
    context_->tally->backpressure_ns[index(which)].add(
        static_cast<std::uint64_t>((now - s.stalled_at).count()));
    s.stalled_at = blocked ? now : never;
  } else if (blocked) {
    s.stalled_at = now;
    if (s.progress_at == never) s.progress_at = s.looked_at = now;
    rearm_ = true;
  }
  if (!s.in.unfinished() || s.mode != intake::relayed) {
    s.held_at = never;
  } else if (s.held_at == never) {
    s.held_at = now;
  }
  // What was held for long already may have become too much just now.
  if (s.held_at != never && context_->budget->exhausted()) rearm_ = true;
  const bool running = !ending_ && !blocked && wants_read(which) && !at(other(which)).in.inside_frame();
  if (s.alive.run(running, now)) rearm_ = true;
}

// Some things that matter now cannot be waited for: an acknowledgement, and room in the budget that others
// share.
void tunnel_machine::poll(time_point now) {
  const bool exhausted = context_->budget->exhausted();
  bool needed = false;
  if (ending_ || exhausted) {
    for (const leg_state& s : legs_) {
      if (s.gone()) continue;
      const bool ack_matters =
          (s.closing->sent && !s.close_acked) || (s.socket == wire::linger && s.end != ending::none);
      const bool starved = exhausted && s.mode == intake::relayed && s.in.held().empty();
      needed = needed || ack_matters || starved;
    }
  }
  if (!needed) {
    poll_at_ = never;
    poll_step_ = first_poll;
  } else if (poll_at_ == never || now >= poll_at_) {
    poll_at_ = now + poll_step_;
    poll_step_ = std::min<short_milliseconds>(poll_step_ * 2, longest_poll);
    rearm_ = true;
  }
}

void tunnel_machine::note_acked(leg_state& s, socket_state state) noexcept {
  const std::uint64_t sequence = s.out.written() + (s.fin_sent ? 1 : 0);
  const auto acked = static_cast<std::int64_t>(sequence) - static_cast<std::int64_t>(state.unacked);
  s.acked = std::max(s.acked, std::min(acked, static_cast<std::int64_t>(s.out.written())));
}

bool tunnel_machine::judges(time_point now) const noexcept {
  if (ending_ || draining_ || now >= lifetime_at_ || context_->budget->exhausted()) return true;
  return std::ranges::any_of(legs_, [&](const leg_state& s) {
    const bool stalled = s.progress_at != never && now - s.progress_at >= context_->settings->write_timeout;
    return stalled || s.write_failed || s.alive.waiting();
  });
}

void tunnel_machine::advance(time_point now, socket_state client, socket_state upstream) {
  check_own_close(now);
  look_at(leg::client, client, now);
  look_at(leg::upstream, upstream, now);
  check_keepalive(leg::client, client, now);
  check_keepalive(leg::upstream, upstream, now);
  check_unfinished(now);
  progress(now);
  rearm_ = true;
}

void tunnel_machine::look_at(leg which, socket_state state, time_point now) {
  leg_state& s = at(which);
  if (s.gone()) return;
  const std::int64_t before = s.acked;
  note_acked(s, state);
  if ((s.out.empty() && state.unacked == 0) || s.write_failed) {
    s.progress_at = s.looked_at = never;
  } else {
    s.looked_at = now;
    if (s.progress_at == never || s.acked > before) s.progress_at = now;
  }
  if (s.closing->sent && !s.close_acked && s.has_acked(s.closing->close_end)) {
    s.close_acked = true;
    if (!s.cut && !s.closing->got) s.closing.make().wait_until = now + context_->settings->close_timeout;
  }
  check_waits(which, now);
}

void tunnel_machine::check_waits(leg which, time_point now) {
  leg_state& s = at(which);
  if (now >= s.closing->wait_until) {
    s.closing.make().wait_until = never;
    if (s.write_failed && s.end == ending::none) {
      // What it sent may still wait for the other leg to take more: its Close would be behind that (R9).
      // Memory that others hold is not waited for once this tunnel ends.
      const bool waits_for_memory_alone = at(other(which)).out.empty();
      if (!wants_read(which) && !s.paused && !(ending_ && waits_for_memory_alone)) {
        s.closing.make().wait_until = now + context_->settings->close_timeout;
        return;
      }
      ended(which, ending::reset, now);
    } else if (s.cut && (!s.closing->got || s.closing->due)) {
      cut(s);
    } else {
      s.expired = true;
    }
  }
  if (s.progress_at != never && now - s.progress_at >= context_->settings->write_timeout &&
      s.socket < wire::linger) {
    s.progress_at = s.looked_at = never;
    lose(which, cause::write_timeout, "no progress", now);
  }
}

void tunnel_machine::check_keepalive(leg which, socket_state state, time_point now) {
  leg_state& s = at(which);
  if (ending_ || s.gone()) return;
  // Others may have used up the budget since this leg was last looked at: what it sent meanwhile lies unread.
  if (context_->budget->exhausted() && s.in.held().empty()) {
    s.alive.run(false, now);
    return;
  }
  switch (s.alive.judge(now)) {
    case keepalive::verdict::quiet:
      return;
    case keepalive::verdict::ping:
      if (state.unacked == 0 && s.out.empty()) return send_ping(which, now);
      break;
    case keepalive::verdict::lost: {
      const bool ping_itself_waits = s.has_acked(s.ping_begin) && !s.has_acked(s.ping_begin + s.ping_size);
      if (state.unacked == 0 || ping_itself_waits)
        return lose(which, cause::ping_timeout, "ping timeout", now);
      break;
    }
  }
  // Something waits to be taken before or behind the Ping: `write_timeout` governs that, and this clock
  // starts anew when the machine settles.
  s.alive.run(false, now);
}

void tunnel_machine::send_ping(leg which, time_point now) {
  leg_state& s = at(which);
  const auto payload = to_bytes(s.alive.ping(now));
  s.ping_begin = s.out.end();
  s.out.copy(control_frame(opcodes::ping, payload, key_towards(which)).bytes());
  s.ping_size = static_cast<std::uint8_t>(s.out.end() - s.ping_begin);
  context_->tally->pings[index(which)].sent.add();
}

void tunnel_machine::check_unfinished(time_point now) {
  if (ending_ || !context_->budget->exhausted()) return;
  for (const leg which : {leg::client, leg::upstream}) {
    if (at(which).held_at == never || now - at(which).held_at < longest_unfinished) continue;
    watch(which);
    return close_by_proxy(leg::client, cause::overload, {.code = 1013, .reason = "out of buffers"},
                          {.code = 1001, .reason = "out of buffers"}, now);
  }
}

time_point tunnel_machine::deadline() const noexcept {
  time_point next = poll_at_;
  if (!ending_) {
    next = std::min(next, end_->wished ? end_->wished->latest : lifetime_at_);
    if (draining_ && (!end_->wished || end_->wished->why != cause::drain))
      next = std::min(next, end_->drain_at);
  }
  return std::min({next, deadline_of(leg::client), deadline_of(leg::upstream)});
}

time_point tunnel_machine::deadline_of(leg which) const noexcept {
  const leg_state& s = at(which);
  if (s.gone()) return never;
  // A Close that waits for the end of a frame waits until `wait_until`, not for its own time.
  const bool awaits_time = s.closing->due && s.closing->wait_until == never;
  time_point next =
      std::min({s.closing->wait_until, s.closing->linger_until, awaits_time ? s.closing->due_at : never});
  if (!ending_) next = std::min(next, s.alive.deadline());
  if (s.progress_at != never && s.socket < wire::linger) {
    // Looking four times as often bounds by how much a loss is found late.
    const milliseconds patience = context_->settings->write_timeout;
    next = std::min({next, s.progress_at + patience, s.looked_at + patience / 4 + milliseconds(1)});
  }
  if (s.held_at != never && context_->budget->exhausted() && !ending_)
    next = std::min(next, s.held_at + longest_unfinished);
  return next;
}

}  // namespace lastframe::protocol
