// The codes that are counted against those that the endpoints report: DESIGN §5.
#include "tests/simulation/failure.hpp"
#include "tests/simulation/observer.hpp"

namespace lastframe::simulation {

void observer::finished(const telemetry::close_record& record) {
  record_ = record;
  expect(record.by == by_ && record.why == why_, "§5: initiator or cause is recorded wrongly");
  expect(record.client.has_value(), "§5: the client's leg was open and is not counted");
  expect(record.upstream.has_value() == legs_[upstream].opened, "§5: the upstream leg is counted wrongly");
  for (const std::size_t which : {client, upstream}) {
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
  // Its system got the Close, and the application left, or did not look in all the time that the proxy gave
  // it.
  const bool left = (!p.reads() || p.left()) && !wire.destroyed();
  if (end.delivered && !p.got_close() && (left || end.had_time)) return;
  // It sent a Close that never reached the proxy.
  if (p.sent_close() && !p.got_close() && !end.got && broke) return;
  throw broken_promise("§5: the " + std::string(which == client ? "client" : "upstream") + " reports " +
                       std::to_string(p.reported()) + ", and " + std::to_string(end.code) + " is counted");
}

}  // namespace lastframe::simulation
