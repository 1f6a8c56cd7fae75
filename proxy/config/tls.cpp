#include "proxy/config/scalars.hpp"
#include "proxy/config/sections.hpp"

namespace lastframe::config {
namespace {

void read_path(const value& from, std::string& to) {
  if (const auto text = read_text(from)) {
    to = *text;
  }
}

void read_certificate(const value& from, std::vector<net::tls_server_settings>& to) {
  net::tls_server_settings result;
  result.place = from.place();
  read_mapping(from,
               {
                   {"certificate", [&](const value& v) { read_path(v, result.identity.certificate); },
                    presence::required},
                   {"key", [&](const value& v) { read_path(v, result.identity.key); }, presence::required},
                   {"client_ca", [&](const value& v) { read_path(v, result.client_ca); }},
                   {"min_version", [&](const value& v) { read_choice(v, result.min_version, tls_versions); }},
               });
  // The request behind the handshake may be for another host than the one the certificate was chosen for.
  if (!to.empty() && to.front().client_ca != result.client_ca) {
    from.refuse("all certificates of a listener need the same `client_ca`, or none");
  }
  to.push_back(std::move(result));
}

void read_server_name(const value& from, std::string& to) {
  const auto text = read_text(from);
  if (text && !is_host_name(*text)) {
    from.refuse_text("not a host's name");
  } else if (text) {
    to = *text;
  }
}

void read_authority(const value& from, std::string& to) {
  read_path(from, to);
  if (to == "system") {
    to.clear();
  }
}

}  // namespace

void read_listener_tls(const value& from, std::vector<net::tls_server_settings>& to) {
  if (!from.is(node::kind::sequence)) {
    return read_certificate(from, to);
  }
  read_list(from, [&](const value& each) { read_certificate(each, to); });
  if (from.at.items.empty()) {
    from.refuse("at least one certificate is needed");
  }
}

void read_upstream_tls(const value& from, std::optional<net::tls_client_settings>& to) {
  net::tls_client_settings& result = to.emplace();
  net::tls_identity identity;
  result.place = from.place();
  read_mapping(from, {
                         {"ca", [&](const value& v) { read_authority(v, result.ca); }},
                         {"server_name", [&](const value& v) { read_server_name(v, result.server_name); }},
                         {"certificate", [&](const value& v) { read_path(v, identity.certificate); }},
                         {"key", [&](const value& v) { read_path(v, identity.key); }},
                         {"insecure", [&](const value& v) { read_bool(v, result.insecure); }},
                     });
  if (identity.certificate.empty() != identity.key.empty()) {
    from.refuse("`certificate` and `key` belong together");
  }
  if (!identity.certificate.empty()) {
    result.identity = std::move(identity);
  }
}

}  // namespace lastframe::config
