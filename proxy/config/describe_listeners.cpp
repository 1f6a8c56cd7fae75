#include "proxy/config/keys.hpp"

namespace lastframe::config {
namespace {

key listener_tls() {
  const net::tls_server_settings usual;
  return {
      .name = "tls",
      .value = kind::mapping_or_mappings,
      .help =
          "Absent: plaintext. A mapping, or a list of them from which the name that a client asks for "
          "chooses; the first is the default. The files are PEM, and are read again when they change, or "
          "on SIGHUP.",
      .keys = {
          required(file("certificate", "/etc/lastframe/tls/tls.crt", "The certificate, with its chain.")),
          required(file("key", "/etc/lastframe/tls/tls.key", "Its private key.")),
          file("client_ca", "/etc/lastframe/tls/ca.crt",
               "Present: clients must have a certificate of these authorities. The same in all of a list."),
          choice("min_version", tls_versions, usual.min_version, "The oldest version of TLS that is spoken."),
      }};
}

}  // namespace

key listeners() {
  return required(
      mappings("listeners", "Where clients connect; at least one.",
               {
                   {.name = "address",
                    .value = kind::listen_address,
                    .required = true,
                    .example = "0.0.0.0:8080",
                    .help = "Port 0 is any free one."},
                   listener_tls(),
                   unsupported(choice("proxy_protocol", booleans, false,
                                      "`true`: a PROXY v1 or v2 header is required of each connection.")),
               }));
}

}  // namespace lastframe::config
