// Who ended a tunnel, and from what cause: DESIGN §4, §5, from what was read in which order, and from the
// clock.
#include "tests/simulation/failure.hpp"
#include "tests/simulation/observer.hpp"

namespace lastframe::simulation {

namespace {

using telemetry::cause;
using telemetry::initiator;

constexpr sim_time longest_unfinished = 30 * second;

initiator as_initiator(std::size_t which) {
  return which == client ? initiator::client : initiator::upstream;
}

sim_time as_sim(protocol::milliseconds time) {
  return time.count() * millisecond;
}

}  // namespace

void observer::judge_cause(initiator by, cause why) const {
  if (first_) {
    // What was read decides, but for a Close of the proxy's own will that waited for its place in just that.
    const bool own_will = why == cause::drain || why == cause::max_lifetime;
    if (matches_first(by, why) || (own_will && matches_clock(by, why))) return;
  } else if (matches_clock(by, why)) {
    return;
  }
  throw broken_promise("§5: initiator " + std::string(to_string(by)) + ", cause " +
                       std::string(to_string(why)) + " is not what happened");
}

bool observer::matches_first(initiator by, cause why) const {
  const std::size_t which = first_->which;
  const bool ends = first_->what == first_fault::kind::eof || first_->what == first_fault::kind::reset;
  if (ends && which == upstream && drain_moment_ >= 0) return by == initiator::proxy && why == cause::drain;
  switch (first_->what) {
    case first_fault::kind::close:
      return by == as_initiator(which) && why == cause::close_frame;
    case first_fault::kind::violation:
      return by == as_initiator(which) && why == cause::protocol_error;
    case first_fault::kind::too_big:
      return by == initiator::proxy && why == cause::message_too_big;
    case first_fault::kind::eof: {
      // The error of a reset that a write was told of first is told no reader.
      const bool hidden = legs_[which].write_reset_at >= 0;
      return by == as_initiator(which) && why == (hidden ? cause::reset : cause::eof);
    }
    case first_fault::kind::reset:
      return by == as_initiator(which) && why == cause::reset;
  }
  return false;
}

bool observer::matches_clock(initiator by, cause why) const {
  const std::size_t which = by == initiator::client ? client : upstream;
  const protocol::tunnel_settings& s = scenario_->settings;
  const bool proxy = by == initiator::proxy;
  switch (why) {
    case cause::ping_timeout:
      return !proxy && ping_timed_out(which);
    case cause::write_timeout:
      return !proxy && write_timed_out(which);
    case cause::reset:
      return !proxy && write_failed_long_ago(which);
    case cause::max_lifetime:
      return proxy && s.max_lifetime && now() * 10 >= as_sim(*s.max_lifetime) * 9;
    case cause::drain:
      return proxy && (aborted_ || (drain_moment_ >= 0 && now() >= drain_moment_));
    case cause::overload:
      for (const leg_facts& leg : legs_) {
        if (leg.frame_since >= 0 && now() - leg.frame_since >= longest_unfinished) return proxy && exhausted_;
      }
      return false;
    case cause::internal_error:
      return proxy && failed_;
    default:
      return false;
  }
}

// R5: a Ping, silence for `timeout` after it, and nothing of that peer's left to be read.
bool observer::ping_timed_out(std::size_t which) const {
  const auto& keepalive =
      which == client ? scenario_->settings.client_keepalive : scenario_->settings.upstream_keepalive;
  const std::vector<ledger::ping>& pings = (*ledgers_)[other(which)].pings();
  if (!keepalive || pings.empty()) return false;
  const sim_time patience = as_sim(keepalive->timeout);
  return now() - legs_[which].read_at >= patience && (*wires_)[which].from(peer_side).unread() == 0;
}

// R4: something waits to be acknowledged, and nothing was for `write_timeout`.
bool observer::write_timed_out(std::size_t which) const {
  const connection& wire = (*wires_)[which];
  return now() - wire.from(proxy_side).progress_at >= as_sim(scenario_->settings.write_timeout);
}

// R9: a failed write alone ends nothing before `close_timeout` has passed and all was read.
bool observer::write_failed_long_ago(std::size_t which) const {
  const sim_time since = legs_[which].write_reset_at;
  return since >= 0 && now() - since >= as_sim(scenario_->settings.close_timeout) &&
         (*wires_)[which].from(peer_side).unread() == 0;
}

}  // namespace lastframe::simulation
