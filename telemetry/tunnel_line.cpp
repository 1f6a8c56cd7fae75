#include "telemetry/tunnel_line.hpp"

#include <chrono>

#include "telemetry/text.hpp"

namespace lastframe::telemetry {

namespace {

void add_leg(line_builder& line, const std::optional<leg_ending>& ending, std::string_view code,
             std::string_view reason) {
  if (ending) {
    line.add(code, std::uint64_t{ending->code});
    line.add(reason, ending->reason, max_reason_bytes);
  } else {
    line.add_null(code);
    line.add_null(reason);
  }
}

template <class Duration>
void add_seconds(line_builder& line, std::string_view name, Duration duration) {
  // Divided last: a product with 1e-6 would print its rounding.
  line.add(name, static_cast<double>(duration.count()) / static_cast<double>(Duration::period::den));
}

void add_rtt(line_builder& line, std::string_view name, std::chrono::microseconds rtt) {
  if (rtt.count() == 0) {
    line.add_null(name);
  } else {
    add_seconds(line, name, rtt);
  }
}

}  // namespace

std::string tunnel_line(const tunnel_summary& tunnel, const catalogue& names, log_format format) {
  line_builder line{format};
  line.add("time", to_rfc3339(tunnel.time));
  line.add("tunnel", std::uint64_t{tunnel.id});
  line.add("route", names.route_name(tunnel.route));
  line.add("client", tunnel.client, max_host_bytes);
  line.add("upstream", tunnel.upstream, max_host_bytes);
  line.add("host", tunnel.host, max_host_bytes);
  line.add("path", tunnel.path, max_path_bytes);
  line.add("subprotocol", tunnel.subprotocol, max_subprotocol_bytes);
  add_seconds(line, "duration_seconds", tunnel.duration);
  line.add("messages_to_client", tunnel.to_client.messages);
  line.add("bytes_to_client", tunnel.to_client.payload_bytes);
  line.add("messages_to_upstream", tunnel.to_upstream.messages);
  line.add("bytes_to_upstream", tunnel.to_upstream.payload_bytes);
  add_leg(line, tunnel.ending.client, "client_code", "client_reason");
  add_leg(line, tunnel.ending.upstream, "upstream_code", "upstream_reason");
  line.add("initiator", to_string(tunnel.ending.by));
  line.add("cause", to_string(tunnel.ending.why));
  add_rtt(line, "client_rtt_seconds", tunnel.client_rtt);
  add_rtt(line, "upstream_rtt_seconds", tunnel.upstream_rtt);
  return line.take();
}

}  // namespace lastframe::telemetry
