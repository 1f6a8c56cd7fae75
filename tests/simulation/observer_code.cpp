// The codes that are counted against those that the endpoints report: DESIGN §5.
#include "tests/simulation/failure.hpp"
#include "tests/simulation/observer.hpp"

namespace lastframe::simulation {

// What a leg's Close says by the rows of DESIGN §4; `code` is 0 where the row has none for it.
observer::row observer::row_of(std::size_t which) const {
  using telemetry::cause;
  const protocol::tunnel_settings& s = scenario_->settings;
  const bool to_client = which == client;
  const bool by_client = by_ == telemetry::initiator::client;
  if (scenario_->farewell) return {scenario_->farewell->code};
  switch (why_) {
    case cause::close_frame:
      return {.code = 0, .passed_on = to_client != by_client};
    case cause::message_too_big: {
      const bool from_client = first_ && first_->which == client;
      if (to_client == from_client) return {1009};
      return {to_client ? s.failure_code : 1001U};
    }
    case cause::max_lifetime:
      return {to_client ? 1012U : 1001U};
    case cause::drain:
      return {to_client ? scenario_->drain_code : 1001U};
    case cause::overload:
      return {to_client ? 1013U : 1001U};
    case cause::internal_error:
      return {1011};
    default:
      break;
  }
  if (to_client == by_client)
    return {why_ == cause::protocol_error ? 1002U : why_ == cause::ping_timeout ? 1011U : 0U};
  return {to_client ? s.failure_code : s.on_client_lost.value_or(0)};
}

// Each Close is the row's, a peer's passed on byte for byte, or the peer's own code given back to it.
void observer::check_row(std::size_t which) const {
  const ledger& to = (*ledgers_)[other(which)];
  if (to.close_end() == 0) return;
  const row wanted = row_of(which);
  if (to.close_relayed() && why_ == telemetry::cause::close_frame) return;
  if (wanted.code != 0 && to.close_written().code == wanted.code) return;
  const trigger* own = (*ledgers_)[which].close_within(taken(which));
  expect(!wanted.passed_on || own != nullptr, "§4: a peer's Close was not passed on byte for byte");
  expect(own != nullptr && to.close_written().code == own->said.code,
         "§4: a leg got another code than its row says");
}

void observer::finished(const telemetry::close_record& record) {
  record_ = record;
  expect(record.by == by_ && record.why == why_, "§5: initiator or cause is recorded wrongly");
  expect(record.client.has_value(), "§5: the client's leg was open and is not counted");
  expect(record.upstream.has_value() == legs_[upstream].opened, "§5: the upstream leg is counted wrongly");
  for (const std::size_t which : {client, upstream}) {
    check_row(which);
    const auto& counted = which == client ? record.client : record.upstream;
    if (!counted) continue;
    if (counted->code != ends_[which].code) {
      throw broken_promise("§5: " + std::string(which == client ? "client" : "upstream") +
                           " is counted with " + std::to_string(counted->code) + ", and it must be " +
                           std::to_string(ends_[which].code));
    }
    expect(counted->reason == ends_[which].reason, "§5: the reason counted is not the one delivered");
  }
}

void observer::all_quiet(const std::array<peer, 2>& peers) const {
  for (const std::size_t which : {client, upstream}) {
    if (legs_[which].opened) check_reported(which, peers[which]);
  }
}

// What the endpoint itself says may differ only where neither side could know better.
void observer::check_reported(std::size_t which, const peer& p) const {
  const leg_end& end = ends_[which];
  const connection& wire = (*wires_)[which];
  if (p.reported() == end.code) return;
  // It got the Close, and the connection broke before its acknowledgement came back.
  const bool broke = end.by_reset || end.was_reset || end.lingered || wire.black();
  if (p.got_close() && !end.delivered && broke) return;
  // Its system got the Close, and the application left, had failed the connection itself, or did not look in
  // all the time that the proxy gave it.
  const bool left = (!p.reads() || p.left()) && !wire.destroyed();
  if (end.delivered && !p.got_close() && (left || p.failed() || end.had_time)) return;
  // At a drain's deadline nothing is waited for: it had not looked yet, and went on sending to a socket that
  // was closed in order.
  if (end.delivered && !p.got_close() && aborted_ && !end.by_reset && wire.destroyed()) return;
  // It sent a Close that never reached the proxy.
  if (p.sent_close() && !p.got_close() && !end.got && broke) return;
  throw broken_promise("§5: the " + std::string(which == client ? "client" : "upstream") + " reports " +
                       std::to_string(p.reported()) + ", and " + std::to_string(end.code) + " is counted");
}

}  // namespace lastframe::simulation
