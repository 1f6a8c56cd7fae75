#include "proxy/session/record.hpp"

#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

namespace {

telemetry::traffic_total total(const protocol::relay& relay) {
  return {.messages = relay.messages(), .payload_bytes = relay.payload_bytes()};
}

std::chrono::microseconds rtt(const protocol::tunnel_machine& machine, leg which) {
  return std::chrono::duration_cast<std::chrono::microseconds>(machine.rtt(which));
}

}  // namespace

void record(worker_context& worker, const tunnel_info& info, const protocol::tunnel_machine& machine) {
  const auto age = std::chrono::steady_clock::now() - info.started;
  telemetry::tunnel_summary summary{
      .time = std::chrono::system_clock::now(),
      .id = info.id,
      .route = info.route,
      .client = info.client,
      .upstream = info.upstream,
      .host = info.host,
      .path = info.path,
      .subprotocol = info.subprotocol,
      .duration = std::chrono::duration_cast<std::chrono::milliseconds>(age),
      .to_client = total(machine.intake_of(leg::upstream)),
      .to_upstream = total(machine.intake_of(leg::client)),
      .client_rtt = rtt(machine, leg::client),
      .upstream_rtt = rtt(machine, leg::upstream),
      .ending = machine.record(),
  };
  const bool failed_after_upgrade = summary.ending.upstream &&
                                    summary.ending.by == telemetry::initiator::upstream &&
                                    summary.ending.why != telemetry::cause::close_frame;
  if (failed_after_upgrade) worker.recorder.upstream_failed(info.route, info.endpoint, summary.ending.why);
  worker.recorder.closed(summary);
  worker.access.write(summary);
}

}  // namespace lastframe::session
