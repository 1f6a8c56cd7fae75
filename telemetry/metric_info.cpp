#include "telemetry/metric_info.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace lastframe::telemetry {

namespace {

constexpr auto counter_type = prometheus::MetricType::Counter;
constexpr auto gauge_type = prometheus::MetricType::Gauge;
constexpr auto histogram_type = prometheus::MetricType::Histogram;

constexpr auto table = std::to_array<metric_info>({
    {"lastframe_closes_total", counter_type, "ends of legs", "route, leg, code, initiator, cause",
     "Ends of open legs, by the close code that the endpoint at the leg's far end reports, by who ended the "
     "tunnel, and from what cause.",
     "topk(10, sum by (route, code, initiator, cause) "
     "(increase(lastframe_closes_total{leg=\"client\"}[15m])))",
     "How clients' connections ended in the last quarter of an hour, and who and what it came from."},
    {"lastframe_close_code_info", gauge_type, "always 1", "code, name",
     "The names of close codes; always 1. Join it on code.",
     "sum by (code, name) (rate(lastframe_closes_total{leg=\"client\"}[5m])\n"
     "  * on (job, instance, code) group_left (name) lastframe_close_code_info)",
     "Closes per second by code, with the code's name beside it."},
    {"lastframe_tunnels", gauge_type, "tunnels", "route", "Tunnels that are open now.",
     "sum by (route) (lastframe_tunnels)", "How many clients are connected through each route."},
    {"lastframe_tunnel_duration_seconds", histogram_type, "seconds", "route",
     "How long ended tunnels were open, in seconds.",
     "histogram_quantile(0.5, sum by (route, le) (rate(lastframe_tunnel_duration_seconds_bucket[15m])))",
     "How old half of the tunnels became at most; a round number such as 60 s points to an idle timer on the "
     "way."},
    {"lastframe_messages_total", counter_type, "messages", "route, direction",
     "Messages received to be relayed, counted at their end.",
     "sum by (route, direction) (rate(lastframe_messages_total[5m]))", "Messages per second each way."},
    {"lastframe_frames_total", counter_type, "frames", "route, direction",
     "Frames received to be relayed, control frames included.",
     "sum by (route) (rate(lastframe_frames_total[5m])) / sum by (route) "
     "(rate(lastframe_messages_total[5m]))",
     "Frames per message: well above 1 where peers send fragments, or Pings without messages."},
    {"lastframe_payload_bytes_total", counter_type, "bytes", "route, direction",
     "Payload of data frames received to be relayed, in bytes, headers not included.",
     "sum by (route, direction) (rate(lastframe_payload_bytes_total[5m]))",
     "Bytes of payload per second each way, as they are on the wire, so compressed where peers compress."},
    {"lastframe_upgrades_total", counter_type, "requests", "route, result",
     "Upgrade requests, by what became of them.",
     "sum by (route) (rate(lastframe_upgrades_total{result=\"failed\"}[5m]))\n"
     "  / sum by (route) (rate(lastframe_upgrades_total[5m]))",
     "The share of upgrades that upstream failed to serve."},
    {"lastframe_handshake_duration_seconds", histogram_type, "seconds", "route",
     "Time from an upgrade request to the 101 that answered it, in seconds.",
     "histogram_quantile(0.99, sum by (route, le) (rate(lastframe_handshake_duration_seconds_bucket[5m])))",
     "How long all but one in a hundred clients waited at most for their connection to open."},
    {"lastframe_upstream_connect_duration_seconds", histogram_type, "seconds", "route",
     "Time that a connection to upstream took to be made, in seconds.",
     "histogram_quantile(0.99, sum by (route, le) "
     "(rate(lastframe_upstream_connect_duration_seconds_bucket[5m])))",
     "Whether slow handshakes come from connecting; the rest of them is upstream's own time to answer."},
    {"lastframe_pings_total", counter_type, "Pings", "route, leg", "Pings of the proxy's own that were sent.",
     "sum by (route, leg) (rate(lastframe_pings_total[5m])) / on (route) group_left sum by (route) "
     "(lastframe_tunnels)",
     "Pings per second and tunnel: the more, the quieter the peers, since only a silent peer is pinged."},
    {"lastframe_ping_rtt_seconds", histogram_type, "seconds", "route, leg",
     "Round-trip time of the proxy's own Pings, in seconds.",
     "histogram_quantile(0.9, sum by (leg, le) (rate(lastframe_ping_rtt_seconds_bucket[5m])))",
     "How far away clients are, and how busy the service's event loop is."},
    {"lastframe_backpressure_seconds_total", counter_type, "seconds", "route, leg",
     "Time in which a leg could not take more, summed over all legs, in seconds.",
     "sum by (route, leg) (rate(lastframe_backpressure_seconds_total[5m]))",
     "How many legs stand still at any moment because their peer reads too slowly."},
    {"lastframe_upstream_failures_total", counter_type, "failures", "route, endpoint, cause",
     "Failures of upstream, by endpoint as configured: each endpoint tried in vain before an upgrade, and "
     "each "
     "failure after it.",
     "sum by (route, endpoint, cause) (increase(lastframe_upstream_failures_total[5m])) > 0",
     "Which endpoints fail now, and from what."},
    {"lastframe_tls_handshakes_total", counter_type, "handshakes", "leg, result",
     "TLS handshakes with clients and with upstreams: done or failed.",
     "sum by (leg) (rate(lastframe_tls_handshakes_total{result=\"failed\"}[5m]))",
     "Whether peers and proxy cannot agree: certificates, versions, or scanners at the door."},
    {"lastframe_tls_certificate_expiry_timestamp_seconds", gauge_type, "seconds", "leg, certificate",
     "When a certificate in use expires, in seconds since 1970; by its path as configured.",
     "min by (certificate) (lastframe_tls_certificate_expiry_timestamp_seconds) - time()",
     "How many seconds each certificate has left."},
    {"lastframe_config_reloads_total", counter_type, "reloads", "result",
     "Times that the configuration, or its changed TLS files, were read again: done or failed.",
     "increase(lastframe_config_reloads_total[1h])",
     "Whether new settings and renewed certificates have arrived."},
    {"lastframe_config_last_reload_successful", gauge_type, "0 or 1", "",
     "1 if what was read last could be used, at start or since; 0 while something older is in use instead.",
     "lastframe_config_last_reload_successful == 0", "Proxies that go on with what they had before."},
    {"lastframe_config_last_reload_timestamp_seconds", gauge_type, "seconds", "",
     "When files of the configuration were last read and could be used, in seconds since 1970.",
     "time() - lastframe_config_last_reload_timestamp_seconds", "How old what each proxy runs with is."},
    {"lastframe_draining", gauge_type, "0 or 1", "", "1 from the signal that ends the proxy on, else 0.",
     "sum by (job) (lastframe_draining)", "How many proxies are on their way out."},
    {"lastframe_drain_forced_closes_total", counter_type, "tunnels", "",
     "Tunnels that a drain's deadline cut before they had closed.",
     "increase(lastframe_drain_forced_closes_total[1h]) > 0",
     "Whether drain.deadline is too short for clients to take their leave."},
    {"lastframe_build_info", gauge_type, "always 1", "version", "The version that runs; always 1.",
     "count by (version) (lastframe_build_info)", "How far the roll-out of a version has come."},
    {"process_cpu_seconds_total", counter_type, "seconds", "", "User and system CPU time spent, in seconds.",
     "rate(process_cpu_seconds_total{job=\"lastframe\"}[5m])", "How many CPUs the proxy keeps busy."},
    {"process_open_fds", gauge_type, "descriptors", "", "Open file descriptors.",
     "process_open_fds{job=\"lastframe\"} / process_max_fds",
     "How near the proxy is to its limit: a tunnel takes two."},
    {"process_max_fds", gauge_type, "descriptors", "", "Most file descriptors that may be open at once.",
     "process_max_fds{job=\"lastframe\"} < 4096", "Proxies that were started with a low limit."},
    {"process_virtual_memory_bytes", gauge_type, "bytes", "", "Virtual memory size, in bytes.",
     "process_virtual_memory_bytes{job=\"lastframe\"}",
     "Address space, most of it never touched: rarely what you look for."},
    {"process_resident_memory_bytes", gauge_type, "bytes", "", "Resident memory size, in bytes.",
     "process_resident_memory_bytes{job=\"lastframe\"} / on (job, instance) sum by (job, instance) "
     "(lastframe_tunnels)",
     "Bytes of memory per open tunnel."},
    {"process_start_time_seconds", gauge_type, "seconds since 1970", "",
     "When the process started, in seconds since the Unix epoch.",
     "time() - process_start_time_seconds{job=\"lastframe\"}",
     "How long the proxy has been running, in seconds."},
});

}  // namespace

std::span<const metric_info> all_metrics() noexcept {
  return table;
}

prometheus::MetricFamily empty_family(std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const metric_info& one) { return one.name == name; });
  if (found == table.end()) throw std::logic_error("no metric is described as " + std::string{name});
  return {std::string{found->name}, std::string{found->help}, found->type, {}};
}

}  // namespace lastframe::telemetry
