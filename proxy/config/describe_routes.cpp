#include "proxy/config/keys.hpp"

namespace lastframe::config {
namespace {

key match_key() {
  return mapping(
      "match", "Which requests the route takes. Absent or empty: every one.",
      {
          {.name = "host",
           .value = kind::host_match,
           .example = "chat.example.com",
           .help = "What the request's Host header says, without its port."},
          {.name = "path",
           .value = kind::path,
           .example = "/ws",
           .help = "A prefix of whole segments: `/ws` takes `/ws` and `/ws/room`, but not `/wsx`."},
      });
}

key upstream_tls() {
  const net::tls_client_settings usual;
  return mapping(
      "tls", "Absent: plaintext. Empty: TLS with the defaults.",
      {
          {.name = "ca",
           .value = kind::file,
           .usual = "system",
           .help = "The authorities that the service's certificate must be of: the system's, or those of "
                   "a file."},
          {.name = "server_name",
           .value = kind::host,
           .example = "chat.internal",
           .help = "The name that is sent, and checked in the certificate. Absent: the endpoint's host; "
                   "for a unix socket it is needed."},
          together_with("key", file("certificate", "/etc/lastframe/tls/client.crt",
                                    "The proxy's own certificate, for a service that asks for one.")),
          together_with("certificate", file("key", "/etc/lastframe/tls/client.key", "Its private key.")),
          choice("insecure", booleans, usual.insecure, "`true`: certificates are not verified."),
      });
}

key upstream_key() {
  const upstream usual;
  return required(mapping(
      "upstream", "Where the service is, and how it is connected to.",
      {
          {.name = "endpoints",
           .value = kind::endpoints,
           .required = true,
           .example = "[127.0.0.1:3000]",
           .help = "`original`, which is where a redirected connection was going, is not supported yet."},
          unsupported(choice("balance", balances, balance::round_robin, "How an endpoint is chosen.")),
          upstream_tls(),
          duration("connect_timeout", usual.connect_timeout, "How long one endpoint may take to connect."),
          duration("handshake_timeout", usual.handshake_timeout,
                   "How long it may take to the service's answer: connection, TLS, request, and other "
                   "endpoints where one fails."),
          choice("host", host_headers, usual.host,
                 "The Host header that the service sees: the client's, or with `upstream` the endpoint's."),
          unsupported(
              mapping("health",
                      "Requests that tell whether an endpoint is well. Absent: what becomes of others tells.",
                      {
                          {.name = "interval",
                           .value = kind::duration,
                           .within = bounds_of(duration_range{}),
                           .example = "5s",
                           .help = "How often."},
                          {.name = "path", .value = kind::path, .example = "/healthz", .help = "For what."},
                      })),
      }));
}

key keepalive_of(std::string leg, const protocol::keepalive_settings& usual, std::string help) {
  return or_word(
      mapping(std::move(leg), std::move(help),
              {
                  duration("interval", usual.interval, "A peer that was silent for this long is pinged."),
                  duration("timeout", usual.timeout, "It is lost if this passes in silence too."),
              }),
      "off");
}

key keepalive(const protocol::tunnel_settings& usual) {
  return mapping(
      "keepalive", "Pings on quiet connections, which keep them open and find those that are gone.",
      {
          keepalive_of("client", usual.client_keepalive.value(), "Towards clients; or `off`."),
          keepalive_of("upstream", usual.upstream_keepalive.value(), "Towards the service; or `off`."),
      });
}

key route_limits(const protocol::tunnel_settings& usual) {
  return mapping(
      "limits", "For each connection of the route.",
      {
          or_word(size("max_message", 0,
                       "The most payload of a message, as it is on the wire. Beyond it the connection "
                       "ends with 1009.",
                       {}),
                  "unlimited"),
          or_word(duration("max_lifetime", {},
                           "How long a connection may last, shortened for each by up to a tenth, by chance; "
                           "then it ends with 1012."),
                  "unlimited"),
          duration("write_timeout", usual.write_timeout,
                   "A peer that acknowledges nothing for this long is lost."),
          duration("close_timeout", usual.close_timeout, "How long a peer may take to answer a Close."),
      });
}

}  // namespace

key routes() {
  const route usual;
  const protocol::tunnel_settings& tunnel = usual.tunnel;
  key client_lost = or_word(
      close_code_of(
          "on_client_lost", 0,
          "What the service sees when a client is lost: with `drop` the bare end of the connection, else "
          "a Close with this code, such as 1001."),
      "drop");
  key origins = {.name = "allowed_origins",
                 .value = kind::texts,
                 .usual = "[]",
                 .help = "The origins whose pages may connect. Empty: any."};
  return required(mappings(
      "routes", "What becomes of a request; at least one. The first that matches takes it.",
      {
          {.name = "name",
           .value = kind::name,
           .required = true,
           .example = "chat",
           .help = "What metrics and logs call the route."},
          match_key(),
          upstream_key(),
          keepalive(tunnel),
          choice("on_failure", failure_answers, usual.on_failure,
                 "How clients are told of a failure of the service: by a Close, or with `http` by a status. "
                 "A browser can read the first and not the second."),
          close_code_of(
              "failure_code", tunnel.failure_code,
              "The code of that Close, before and after the upgrade. 1011 for clients that refuse 1014."),
          duration("failure_delay", tunnel.failure_delay,
                   "While a route keeps failing, each such Close waits a random time up to this. `0s`: none.",
                   may_be_zero),
          std::move(client_lost),
          choice("fragmentation", fragmentations, tunnel.split,
                 "Large frames go on in fragments; `preserve` leaves every frame as it is."),
          unsupported(std::move(origins)),
          route_limits(tunnel),
      }));
}

}  // namespace lastframe::config
