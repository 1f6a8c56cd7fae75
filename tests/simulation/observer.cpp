#include "tests/simulation/observer.hpp"

#include <algorithm>

#include "tests/simulation/failure.hpp"

namespace lastframe::simulation {

namespace {

// Calls at one moment in which nothing was read or written.
constexpr unsigned busy_loop = 20;
// R10: how long a peer's FIN is waited for, whatever `close_timeout` says.
constexpr sim_time longest_linger = 2 * second;
// A timer of the product's is never set to less than a millisecond.
constexpr sim_time timer_step = 2 * millisecond;

sim_time as_sim(protocol::milliseconds time) {
  return time.count() * millisecond;
}

}  // namespace

void observer::begin(const scenario& what) {
  scenario_ = &what;
  legs_ = {};
  ends_ = {};
  first_.reset();
  record_ = {};
  call_ = 0;
  call_at_ = ended_at_ = drain_moment_ = drain_latest_ = -1;
  idle_calls_ = 0;
  budget_changed_at_ = 0;
  aborted_ = failed_ = exhausted_ = false;
  legs_[upstream].opened = !what.farewell;
}

void observer::opened_to_close(const protocol::farewell& why) noexcept {
  ended_at_ = now();
  by_ = why.by;
  why_ = why.why;
}

void observer::drained(sim_time moment, sim_time latest) noexcept {
  drain_moment_ = moment;
  drain_latest_ = latest;
}

void observer::budget_is(bool exhausted) noexcept {
  if (exhausted != exhausted_) budget_changed_at_ = now();
  exhausted_ = exhausted;
}

void observer::call_begins() noexcept {
  ++call_;
  for (const std::size_t which : {client, upstream}) legs_[which].taken_before_call = taken(which);
}

void observer::will_read(std::size_t which, const protocol::tunnel_machine& machine) const {
  const auto to = static_cast<telemetry::leg>(other(which));
  expect(ended() || first_ || !machine.wants_write(to), "R4: a leg is read while the other has unsent bytes");
}

void observer::note_first(std::size_t which, first_fault::kind what) noexcept {
  if (!first_ && !ended()) first_ = first_fault{which, what, call_};
}

void observer::did_read(std::size_t which, outcome how) {
  leg_facts& leg = legs_[which];
  if (how != outcome::nothing) idle_calls_ = 0;
  if (leg.ended_at < 0 && (how == outcome::end || how == outcome::reset)) leg.ended_at = now();
  if (how == outcome::end) return note_first(which, first_fault::kind::eof);
  if (how == outcome::reset) return note_first(which, first_fault::kind::reset);
  if (how != outcome::bytes) return;
  leg.read_at = now();
  const ledger& l = (*ledgers_)[which];
  if (!l.triggers().empty() && l.triggers().front().offset <= taken(which)) {
    using kind = trigger::kind;
    const kind what = l.triggers().front().what;
    note_first(which, what == kind::close       ? first_fault::kind::close
                      : what == kind::violation ? first_fault::kind::violation
                                                : first_fault::kind::too_big);
  }
  if (leg.close_read_at < 0 && l.close_within(taken(which)) != nullptr) leg.close_read_at = now();
  const std::size_t begun = l.frames_begun(taken(which));
  if (!l.inside_frame(taken(which))) {
    leg.frame_since = -1;
  } else if (leg.frame_since < 0 || begun != leg.frames_begun) {
    leg.frame_since = now();
  }
  leg.frames_begun = begun;
}

void observer::did_write(std::size_t which, outcome how) {
  leg_facts& leg = legs_[which];
  if (how != outcome::nothing) idle_calls_ = 0;
  if (how == outcome::reset) {
    if (leg.write_reset_at < 0) leg.write_reset_at = now();
    return;
  }
  ledger& l = (*ledgers_)[other(which)];
  l.follow(now());
  if (l.pings().size() != leg.pings) {
    leg.pings = l.pings().size();
    if (l.pings().back().own) check_own_ping(which);
  }
  if (l.close_end() != 0 && !leg.close_seen) {
    leg.close_seen = true;
    check_complete(which);
    if (ended()) check_order(which);
  }
}

// §4: of two Closes of the proxy's own the one leg gets its own first; none where both go out at once.
std::optional<std::size_t> observer::first_in_turn() const noexcept {
  using telemetry::cause;
  if (!ended() || aborted_) return std::nullopt;
  if (why_ == cause::message_too_big && first_) return first_->which;
  const bool in_turn =
      why_ == cause::max_lifetime || why_ == cause::overload || (why_ == cause::drain && !first_);
  return in_turn ? std::optional(client) : std::nullopt;
}

// The second one waits for the answer to the first, or for `close_timeout`.
void observer::check_order(std::size_t last) const {
  const std::optional<std::size_t> in_turn = first_in_turn();
  if (!in_turn || last == *in_turn) return;
  const std::size_t first = *in_turn;
  const leg_facts& told = legs_[first];
  bool over = told.ended_at >= 0 || (*wires_)[first].closed(proxy_side);
  for (const trigger& t : (*ledgers_)[first].triggers()) {
    over = over || (t.what != trigger::kind::too_big && t.offset <= taken(first));
  }
  const sim_time patience = as_sim(scenario_->settings.close_timeout);
  const auto waited = [&](sim_time since) { return since >= 0 && now() - since >= patience; };
  expect(over || waited(told.close_acked_at) || waited(told.write_reset_at),
         "§4: the second Close goes out before the first was answered");
}

// R5: only to a peer that was quiet, and while no other Ping waits for its Pong.
void observer::check_own_ping(std::size_t to) const {
  const protocol::tunnel_settings& s = scenario_->settings;
  const auto& keepalive = to == client ? s.client_keepalive : s.upstream_keepalive;
  expect(keepalive.has_value(), "§6: a Ping of the proxy's, and keepalive is off");
  const std::vector<ledger::ping>& pings = (*ledgers_)[other(to)].pings();
  const sim_time sent_at = pings.back().at;
  expect(legs_[to].read_at > sent_at || sent_at - legs_[to].read_at >= as_sim(keepalive->interval),
         "§6: a Ping to a peer that was not quiet");
  sim_time waiting_since = -1;
  for (std::size_t i = pings.size() - 1; i-- > 0;) {
    if ((*ledgers_)[to].has_pong(pings[i].payload, taken(to))) break;
    waiting_since = pings[i].at;
  }
  expect(waiting_since < 0 || sent_at - waiting_since >= as_sim(keepalive->timeout),
         "R5: a Ping of the proxy's while another is unanswered");
}

// Up to which byte of a peer's all complete frames are to be delivered before the other one's Close.
std::uint64_t observer::owed_up_to(std::size_t from) const noexcept {
  const leg_facts& sender = legs_[from];
  const sim_time patience = as_sim(scenario_->settings.close_timeout);
  const sim_time answered_at = sender.close_read_at >= 0 ? sender.close_read_at : sender.ended_at;
  const auto in_time = [&](sim_time since) { return since < 0 || answered_at < since + patience; };
  // Of a leg whose frame was given up for want of memory nothing more is kept.
  const bool answered = why_ != telemetry::cause::overload && answered_at >= 0 &&
                        in_time(sender.close_acked_at) && in_time(sender.write_reset_at);
  std::uint64_t limit = ended() ? sender.taken_before_end : sender.taken_before_call;
  if ((first_ && first_->which == from) || (first_in_turn() == from && answered)) limit = taken(from);
  // A frame that breaks the rules does not count, nor does the Close that goes out now.
  const std::vector<trigger>& triggers = (*ledgers_)[from].triggers();
  return triggers.empty() ? limit : std::min(limit, triggers.front().offset - 1);
}

// R8: what was received for a leg goes out before its Close, or before the FIN that stands for one.
void observer::check_complete(std::size_t to) const {
  const std::size_t from = other(to);
  const ledger& l = (*ledgers_)[from];
  const std::uint64_t limit = owed_up_to(from);
  if (l.inside_payload() && !scenario_->agreed.may_split) return;
  expect(l.missing(limit) == 0, "R8: a Close or FIN goes out before what was received");
}

void observer::network_moved(std::size_t which) noexcept {
  const std::uint64_t close_end = (*ledgers_)[other(which)].close_end();
  leg_facts& leg = legs_[which];
  if (close_end == 0 || leg.close_acked_at >= 0) return;
  if ((*wires_)[which].from(proxy_side).acked >= close_end) leg.close_acked_at = now();
}

void observer::did_shut_down(std::size_t which) {
  legs_[which].fin_at = now();
  const ledger& l = (*ledgers_)[other(which)];
  if (legs_[which].write_reset_at >= 0) return;
  expect(l.at_boundary() || (l.inside_payload() && !scenario_->agreed.may_split),
         "R1: a leg's FIN stands inside a frame");
  if (l.close_end() == 0 && legs_[which].opened && first_ && first_->which != which) check_complete(which);
}

void observer::will_close(std::size_t which, bool by_reset) {
  const connection& wire = (*wires_)[which];
  const ledger& to = (*ledgers_)[other(which)];
  leg_end& end = ends_[which];
  end.by_reset = by_reset;
  end.was_reset = wire.got_reset(proxy_side);
  // A peer that does not answer is cut after `close_timeout`; all others get a FIN and are read on, unless
  // they have ended and have everything: then closing is a FIN.
  const protocol::tunnel_settings& s = scenario_->settings;
  const bool cut = by_reset || end.was_reset || aborted_ || now() - ended_at_ >= as_sim(s.close_timeout);
  const bool done = legs_[which].ended_at >= 0 && wire.unacked(proxy_side) == 0;
  expect(cut || done || wire.from(proxy_side).fin, "R10: a socket is closed without a FIN");
  if (done && !by_reset && !end.was_reset && !aborted_ && !wire.from(proxy_side).fin) did_shut_down(which);
  // What could not be relayed by a drain's deadline is thrown away, and so is what arrives at the very last
  // moment.
  const half& in = wire.from(peer_side);
  const bool just_now = in.unread() == 0 || now() - in.unread_since <= scenario_->poll_delay;
  expect(by_reset || end.was_reset || aborted_ || just_now, "R10: a socket is closed with unread data");
  const sim_time linger = std::min(as_sim(s.close_timeout), longest_linger);
  end.lingered = !by_reset && legs_[which].fin_at >= 0 && now() - legs_[which].fin_at >= linger;
  const sim_time acked_at = legs_[which].close_acked_at;
  end.had_time =
      now() - ended_at_ >= as_sim(s.close_timeout) || (acked_at >= 0 && now() - acked_at >= linger);
  end.delivered = to.close_end() != 0 && wire.from(proxy_side).acked >= to.close_end();
  const trigger* got = (*ledgers_)[which].close_within(taken(which));
  end.got = got != nullptr;
  if (end.delivered) {
    end.code = to.close_written().code;
    end.reason = to.close_written().reason;
  } else if (end.got) {
    end.code = got->said.code;
    end.reason = got->said.reason;
  }
}

void observer::check_memory(const protocol::tunnel_machine& machine) const {
  const std::uint64_t longest =
      std::max((*ledgers_)[client].longest_message(), (*ledgers_)[upstream].longest_message());
  const std::uint64_t piece = std::clamp<std::uint64_t>(longest / 256, 16 << 10, 256 << 10);
  expect(machine.held_bytes() <= 2 * (piece + (64 << 10) + 1'024),
         "R4: more than a piece and a read is held");
}

// §6: a Ping comes to a peer that is quiet, as long as nothing else waits on either leg.
void observer::check_pings_come(std::size_t to) const {
  const protocol::tunnel_settings& s = scenario_->settings;
  const auto& keepalive = to == client ? s.client_keepalive : s.upstream_keepalive;
  const bool inside_frame = !scenario_->agreed.may_split && (*ledgers_)[other(to)].inside_payload();
  if (!keepalive || exhausted_ || inside_frame) return;
  sim_time quiet_since = std::max(legs_[to].read_at, budget_changed_at_);
  for (const connection& wire : *wires_) {
    if (wire.unacked(proxy_side) != 0) return;
    quiet_since = std::max(quiet_since, wire.from(proxy_side).progress_at);
  }
  const sim_time patience = as_sim(std::max(keepalive->interval, keepalive->timeout));
  expect(now() <= quiet_since + 2 * patience + 2 * (scenario_->timer_delay + timer_step),
         "§6: a quiet peer got no Ping");
}

void observer::check_deadlines() const {
  const protocol::tunnel_settings& s = scenario_->settings;
  const sim_time slack = 2 * (scenario_->timer_delay + timer_step);
  if (!ended()) {
    expect(drain_latest_ < 0 || now() <= std::max(drain_latest_, drain_moment_) + slack,
           "§4: a drain is not obeyed");
    // A drain that waits for the end of a message is not hurried by max_lifetime.
    const sim_time lifetime = s.max_lifetime ? as_sim(*s.max_lifetime + s.close_timeout) : far_away;
    expect(now() <= std::max(lifetime, drain_latest_) + slack, "§4: a tunnel outlives max_lifetime");
    for (const std::size_t which : {client, upstream}) check_pings_come(which);
    return;
  }
  sim_time since = std::max(ended_at_, drain_moment_);
  for (const connection& wire : *wires_) since = std::max(since, wire.from(proxy_side).progress_at);
  const sim_time patience = as_sim(s.failure_delay + 2 * s.write_timeout + 6 * s.close_timeout) + 5 * second;
  expect(now() <= since + patience, "a tunnel does not come to its end");
}

void observer::call_ends(const protocol::tunnel_machine& machine) {
  idle_calls_ = call_at_ == now() ? idle_calls_ + 1 : 0;
  call_at_ = now();
  expect(idle_calls_ < busy_loop, "a busy loop: time does not move on");
  check_memory(machine);
  const telemetry::close_record& r = machine.record();
  const bool begun =
      r.by != telemetry::initiator::proxy || r.why != telemetry::cause::internal_error || failed_;
  if (!ended()) {
    expect(begun || !first_, "§4: what ends a tunnel was read, and nothing ended");
    if (begun) {
      judge_cause(r.by, r.why);
      // A Close of the proxy's own will came before what was read later in the same call.
      if (first_ && !matches_first(r.by, r.why)) first_.reset();
      by_ = r.by;
      why_ = r.why;
      ended_at_ = now();
      for (leg_facts& leg : legs_) leg.taken_before_end = leg.taken_before_call;
    }
  }
  expect(!begun || (r.by == by_ && r.why == why_), "§5: initiator or cause changed after the end began");
  check_deadlines();
}

}  // namespace lastframe::simulation
