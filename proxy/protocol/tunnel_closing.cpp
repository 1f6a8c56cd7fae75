// The tunnel machine's endings: DESIGN §4's table, and the order in which its Closes go out.
#include <string>
#include <utility>

#include "proxy/protocol/tunnel_machine.hpp"

namespace lastframe::protocol {

namespace {

// How long a socket that is about to be closed is read to its end.
constexpr milliseconds last_look{5};

}  // namespace

void tunnel_machine::begin_ending(initiator by, cause why) {
  end_state& end = end_.make();
  end.record.by = by;
  end.record.why = why;
  end.wished.reset();
  ending_ = true;
  rearm_ = true;
}

void tunnel_machine::watch(leg which) noexcept {
  if (at(which).mode != intake::relayed) return;
  at(which).mode = intake::watched;
  at(which).in.discard();
}

void tunnel_machine::ignore(leg which) noexcept {
  at(which).mode = intake::ignored;
  at(which).in.held().clear();
}

// Gives a peer up. One whose TCP has our Close may have yet to read it: a reset would take that away.
void tunnel_machine::cut(leg_state& s) noexcept {
  s.socket = s.close_acked ? wire::close : wire::reset;
  s.out.discard();
}

// A leg was lost, or broke the protocol: both Closes go out at once.
void tunnel_machine::lose(leg which, cause why, std::string_view reason, time_point now) {
  leg_state& s = at(which);
  const bool first = !ending_;
  if (first) {
    const bool drained = draining_ && which == leg::upstream && (why == cause::eof || why == cause::reset);
    begin_ending(drained ? initiator::proxy : as_initiator(which), drained ? cause::drain : why);
  }
  switch (why) {
    case cause::protocol_error:
      ignore(which);
      s.expired = true;  // an answer to our Close could not be told from noise
      if (first) give_close(which, {.code = 1002, .reason = std::string(reason)}, now, now);
      break;
    case cause::ping_timeout:
      watch(which);
      s.cut = true;
      give_close(which, {.code = 1011, .reason = std::string(reason)}, now, now);
      break;
    case cause::write_timeout:
      s.socket = wire::reset;
      s.out.discard();
      break;
    default:
      break;
  }
  if (first) tell_survivor(other(which), reason, now);
  progress(now);
}

void tunnel_machine::tell_survivor(leg which, std::string_view reason, time_point now) {
  const tunnel_settings& settings = *context_->settings;
  watch(which);
  if (which == leg::upstream) {
    if (settings.on_client_lost) {
      give_close(which, {.code = *settings.on_client_lost, .reason = "client lost"}, now, now);
    } else {
      at(which).flush_only = true;
    }
  } else if (end_->record.why == cause::drain) {
    give_close(which, {.code = end_->drain_code, .reason = "draining"}, std::max(now, end_->drain_at), now);
  } else {
    const milliseconds delay = context_->pacer->failed(now, settings.failure_delay, random());
    give_close(which, {.code = settings.failure_code, .reason = "upstream: " + std::string(reason)},
               now + delay, now);
  }
}

// A Close of the proxy's own: `first` gets its own now, the other leg when `first` has answered.
void tunnel_machine::close_by_proxy(leg first, cause why, close_status to_first, close_status to_second,
                                    time_point now) {
  begin_ending(initiator::proxy, why);
  end_.make().second = std::move(to_second);
  end_.make().second_leg = other(first);
  give_close(first, std::move(to_first), now, now);
  progress(now);
}

void tunnel_machine::give_close(leg which, close_status status, time_point earliest, time_point now) {
  leg_state& s = at(which);
  if (s.sealed() || s.closing->due) return;
  s.closing.make().due = std::move(status);
  s.closing.make().due_at = earliest;
  rearm_ = true;
  place_close(which, now);
}

void tunnel_machine::place_close(leg which, time_point now) {
  leg_state& s = at(which);
  if (!s.closing->due || s.sealed() || now < s.closing->due_at) return;
  const leg_state& sender = at(other(which));
  if (sender.in.inside_frame()) {
    const bool may_end = sender.mode == intake::relayed && sender.end == ending::none && !sender.gone();
    if (!may_end) {
      cut(s);
    } else if (s.closing->wait_until == never) {
      s.cut = true;
      s.closing.make().wait_until = now + context_->settings->close_timeout;
    }
    return;
  }
  // A wait for this place, if there was one, is over; a Ping's silence is cut all the same.
  if (end_->record.why != cause::ping_timeout) s.cut = false;
  s.out.copy(make_close(*s.closing->due, key_towards(which)).bytes());
  s.closing.make().sent = std::exchange(s.closing.make().due, std::nullopt);
  close_placed(which, now);
}

void tunnel_machine::close_placed(leg which, time_point now) {
  leg_state& s = at(which);
  leg_closing& closing = s.closing.make();
  closing.close_end = s.out.end();
  // Otherwise the wait begins when the peer's TCP has acknowledged the Close.
  closing.wait_until = s.cut ? now + context_->settings->close_timeout : never;
  closing.due_at = never;
  if (end_->second && end_->second_leg == other(which)) at(end_->second_leg).paused = true;
  rearm_ = true;
}

// The first leg has answered the proxy's Close, or will not: now the other one gets its own. A failed write
// says nothing of that: what the peer had sent before is read to its end (R9).
void tunnel_machine::release_second(time_point now) {
  if (!end_->second) return;
  const leg_state& first = at(other(end_->second_leg));
  if (!first.closing->got && first.end == ending::none && !first.expired && !first.gone()) return;
  leg_state& s = at(end_->second_leg);
  s.paused = false;
  watch(end_->second_leg);
  give_close(end_->second_leg, *std::exchange(end_.make().second, std::nullopt), now, now);
}

// A peer whose Close the other one did not answer gets its own code back.
void tunnel_machine::answer_peer(leg which, time_point now) {
  leg_state& s = at(which);
  const leg_state& silent = at(other(which));
  if (end_->record.why != cause::close_frame || !s.closing->got || s.sealed()) return;
  if (silent.end == ending::none && !silent.expired && !silent.gone()) return;
  give_close(which, *s.closing->got, now, now);
}

bool tunnel_machine::exchanged(leg which) const noexcept {
  const leg_state& s = at(which);
  const bool awaits_answer = end_->record.why == cause::close_frame && s.closing->got && !s.sealed();
  const bool awaits_turn = end_->second && end_->second_leg == which;
  const bool told =
      s.sealed() || (s.end != ending::none && !s.closing->due && !awaits_answer && !awaits_turn);
  return told && (s.closing->got || s.end != ending::none || s.expired || s.flush_only);
}

void tunnel_machine::progress(time_point now) {
  if (!ending_) return;
  for (const leg which : {leg::client, leg::upstream}) {
    if (at(which).closing->due) place_close(which, now);  // mostly none is, and this is asked at each step
  }
  release_second(now);
  for (const leg which : {leg::client, leg::upstream}) answer_peer(which, now);
  for (const leg which : {leg::client, leg::upstream}) progress_leg(which, now);
}

void tunnel_machine::progress_leg(leg which, time_point now) {
  leg_state& s = at(which);
  if (s.socket >= wire::close) return;
  if (s.end == ending::reset) {
    s.socket = wire::close;
  } else if (s.socket == wire::open && exchanged(which)) {
    // The one who accepted the connection ends it (RFC 6455 §7.1.1): towards upstream that is not us.
    const bool awaits_fin = which == leg::upstream && !s.flush_only && s.end == ending::none && !s.expired;
    if (awaits_fin && s.closing->linger_until == never) {
      s.closing.make().linger_until = now + context_->settings->close_timeout;
      rearm_ = true;
    } else if (!awaits_fin || now >= s.closing->linger_until) {
      s.socket = wire::finish;
      s.closing.make().linger_until = never;
      rearm_ = true;
    }
  } else if (s.socket == wire::linger) {
    const bool all_acked = s.has_acked(s.out.written());
    if (s.end == ending::none && now >= s.closing->linger_until && s.mode == intake::relayed) {
      // While the other leg took nothing, what this one sent may lie unread. It is dropped: a reset would
      // take our Close away.
      watch(which);
      s.closing.make().linger_until = now + last_look;
      rearm_ = true;
    } else if ((s.end != ending::none && all_acked) || now >= s.closing->linger_until) {
      s.socket = wire::close;
      rearm_ = true;
    }
  }
}

void tunnel_machine::drain(close_code code, time_point moment, time_point latest, time_point now) {
  draining_ = true;
  end_state& end = end_.make();
  end.drain_code = code;
  end.drain_at = moment;
  end.drain_latest = latest;
  rearm_ = true;
  check_own_close(now);
}

// A Close of the proxy's own will waits for the end of a message under way to the client.
void tunnel_machine::check_own_close(time_point now) {
  if (ending_) return;
  const close_code restart = 1012;
  if (draining_ && now >= end_->drain_at && (!end_->wished || end_->wished->why != cause::drain)) {
    end_.make().wished = own_close{cause::drain, end_->drain_code, end_->drain_latest};
  } else if (now >= lifetime_at_ && !end_->wished) {
    end_.make().wished = own_close{cause::max_lifetime, restart, now + context_->settings->close_timeout};
  }
  if (!end_->wished) return;
  rearm_ = true;
  if (at(leg::upstream).in.inside_message() && now < end_->wished->latest) return;
  const own_close due = *end_->wished;
  const std::string reason = due.why == cause::drain ? "draining" : "maximum lifetime reached";
  close_by_proxy(leg::client, due.why, {.code = due.code, .reason = reason}, {.code = 1001, .reason = reason},
                 now);
}

void tunnel_machine::abort(time_point) {
  if (!ending_) begin_ending(initiator::proxy, cause::drain);
  for (leg_state& s : legs_) {
    if (!s.gone()) cut(s);
  }
  rearm_ = true;
}

void tunnel_machine::fail(time_point now) {
  if (ending_) return;
  begin_ending(initiator::proxy, cause::internal_error);
  for (const leg which : {leg::client, leg::upstream}) {
    watch(which);
    give_close(which, {.code = 1011, .reason = "internal error"}, now, now);
  }
}

}  // namespace lastframe::protocol
