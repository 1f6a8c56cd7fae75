#include "proxy/session/record.hpp"

#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

namespace {

telemetry::traffic_total total(const protocol::relay& relay) {
  return {.messages = relay.received().messages, .payload_bytes = relay.received().payload_bytes};
}

telemetry::tunnel_summary summary_of(const worker_context& worker, const tunnel_info& info) {
  const auto age = worker.loop.now() - info.started();
  const tunnel_names names = info.names();
  telemetry::tunnel_summary summary;
  summary.time = std::chrono::system_clock::now();
  summary.id = info.id();
  summary.route = info.route();
  summary.client = names.client;
  summary.upstream = names.upstream;
  summary.host = names.host;
  summary.path = names.path;
  summary.subprotocol = names.subprotocol;
  summary.duration = std::chrono::duration_cast<std::chrono::milliseconds>(age);
  return summary;
}

void write(worker_context& worker, const telemetry::tunnel_summary& summary) {
  worker.recorder.closed(summary);
  worker.access.write(summary, *worker.revision->names);
}

/// 1015 is never sent: it is what an endpoint reports of a handshake that failed.
telemetry::leg_ending failed_handshake() {
  return {.code = 1015, .reason = {}, .from_upstream = false};
}

}  // namespace

void record(worker_context& worker, const tunnel_info& info, const protocol::tunnel_machine& machine) {
  telemetry::tunnel_summary summary = summary_of(worker, info);
  summary.to_client = total(machine.intake_of(leg::upstream));
  summary.to_upstream = total(machine.intake_of(leg::client));
  summary.client_rtt = machine.rtt(leg::client);
  summary.upstream_rtt = machine.rtt(leg::upstream);
  summary.ending = machine.record();
  const bool failed_after_upgrade = summary.ending.upstream &&
                                    summary.ending.by == telemetry::initiator::upstream &&
                                    summary.ending.why != telemetry::cause::close_frame;
  if (failed_after_upgrade)
    worker.recorder.upstream_failed(info.route(), info.endpoint(), summary.ending.why);
  if (summary.ending.why == telemetry::cause::tls) summary.ending.upstream = failed_handshake();
  write(worker, summary);
}

void record_failed_handshake(worker_context& worker, const client& peer) {
  telemetry::tunnel_summary summary =
      summary_of(worker, {worker.next_id(), telemetry::no_route, 0, peer.accepted, {.client = peer.address}});
  summary.ending = {telemetry::initiator::client, telemetry::cause::tls, failed_handshake(), std::nullopt};
  write(worker, summary);
}

void record_failed_upstream(worker_context& worker, const tunnel_info& info) {
  telemetry::tunnel_summary summary = summary_of(worker, info);
  summary.ending = {telemetry::initiator::upstream, telemetry::cause::tls, std::nullopt, failed_handshake()};
  write(worker, summary);
}

}  // namespace lastframe::session
