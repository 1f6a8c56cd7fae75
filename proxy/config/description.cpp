#include "proxy/config/description.hpp"

#include "proxy/config/keys.hpp"

namespace lastframe::config {
namespace {

key limits_key() {
  const limits usual;
  return mapping(
      "limits", "For the whole process.",
      {
          or_word(count("connections", {},
                        "How many at a time; clients beyond it are told of overload. `auto`: half of the "
                        "descriptors that the hard limit allows, less 256; at most 100000. More than they "
                        "allow is an error."),
                  "auto"),
          unsupported(or_word(count("connections_per_client", {}, "How many from one address at a time."),
                              "unlimited")),
          count("closing", usual.closing,
                "Connections that are held only to tell them of overload; fewer where `connections` "
                "leaves fewer descriptors than that.",
                closing_counts),
          size("buffer_bytes", usual.buffer_bytes, "For all data that waits to be sent.", buffer_sizes),
          size("header_bytes", usual.header_bytes, "The longest head of a request or answer.", header_sizes),
          duration("header_timeout", usual.header_timeout, "How long a client may take to send it."),
      });
}

key drain_key() {
  const drain usual;
  return mapping(
      "drain", "What SIGTERM and SIGINT do.",
      {
          close_code_of("code", usual.code, "What clients get. 1012, service restart, says: come again."),
          duration("delay", usual.delay, "For this long the proxy is not ready, but still serves.",
                   may_be_zero),
          duration("spread", usual.spread, "Each client gets its Close at a random moment of this time.",
                   may_be_zero),
          duration("deadline", usual.deadline,
                   "When the process ends at the latest; at least `delay` and `spread` together."),
      });
}

key telemetry_key() {
  const telemetry_settings usual;
  return mapping(
      "telemetry", "What the proxy tells of itself, over HTTP.",
      {
          {.name = "address",
           .value = kind::tcp_address,
           .usual = usual.where.host + ":" + std::to_string(usual.where.port),
           .help = "Where `/metrics`, `/healthz`, `/readyz`, `/closes` and a page for people are."},
          choice("details", details_choices, usual.details,
                 "Whether `/closes` and the page show peers' addresses; `auto` is only on loopback."),
          {.name = "app_codes",
           .value = kind::app_codes,
           .within = bounds_of(app_code_range),
           .example = "4001: session_expired",
           .help = "Names for close codes of the service's own, 3000 to 4999."},
          count("max_codes", usual.max_codes,
                "How many other codes of 3000 to 4999 are counted by themselves, as services send them.",
                max_codes_counts),
      });
}

key log_key() {
  const log usual;
  return mapping(
      "log", "What the proxy writes.",
      {
          choice("level", log_levels, usual.level, "What is written: this level, and those after it."),
          choice("format", log_formats, usual.format, "How a line is written."),
          choice("access", access_logs, usual.access,
                 "A line for each connection at its end: for all, for those that ended badly, or none."),
      });
}

key forwarded() {
  key trusted = {
      .name = "trusted",
      .value = kind::texts,
      .usual = "[]",
      .help = "Networks whose X-Forwarded-* headers are kept and appended to; those of others are replaced."};
  return mapping("forwarded", "What is believed of who stands in front.", {unsupported(std::move(trusted))});
}

key workers() {
  return or_word(
      count("workers", {}, "Threads. `auto`: one for each CPU that affinity and control groups allow.",
            worker_counts),
      "auto");
}

}  // namespace

const key& description() {
  static const key whole = mapping(
      {}, "A configuration of lastframe.",
      {listeners(), routes(), limits_key(), drain_key(), telemetry_key(), log_key(), forwarded(), workers()});
  return whole;
}

bool has_keys(const key& it) {
  return it.value == kind::mapping || it.value == kind::mappings || it.value == kind::mapping_or_mappings;
}

}  // namespace lastframe::config
