#include "proxy/config/scalars.hpp"
#include "proxy/config/sections.hpp"

namespace lastframe::config {
namespace {

void read_path(const value& from) {
  (void)read_text(from);
}

void read_certificate(const value& from) {
  const auto read_version = [](const value& v) { (void)read_word(v, {"1.2", "1.3"}); };
  read_mapping(from, {
                         {"certificate", read_path, presence::required},
                         {"key", read_path, presence::required},
                         {"client_ca", read_path},
                         {"min_version", read_version},
                     });
}

}  // namespace

void read_listener_tls(const value& from) {
  if (from.is(node::kind::sequence)) {
    read_list(from, read_certificate);
  } else {
    read_certificate(from);
  }
  from.refuse_unsupported();
}

void read_upstream_tls(const value& from) {
  bool certificate = false;
  bool key = false;
  bool insecure = false;
  const auto read_name = [](const value& v) {
    const auto text = read_text(v);
    if (text && !is_host_name(*text)) {
      v.refuse_text("not a host's name");
    }
  };
  read_mapping(from, {
                         {"ca", read_path},
                         {"server_name", read_name},
                         {"certificate",
                          [&](const value& v) {
                            certificate = true;
                            read_path(v);
                          }},
                         {"key",
                          [&](const value& v) {
                            key = true;
                            read_path(v);
                          }},
                         {"insecure", [&](const value& v) { read_bool(v, insecure); }},
                     });
  if (certificate != key) {
    from.refuse("`certificate` and `key` belong together");
  }
  from.refuse_unsupported();
}

}  // namespace lastframe::config
