#include <algorithm>

#include "proxy/config/scalars.hpp"
#include "proxy/config/sections.hpp"

namespace lastframe::config {
namespace {

void read_endpoint(const value& from, std::vector<address>& to) {
  if (from.is_word("original")) {
    from.refuse_unsupported("the endpoint `original`");
    return;
  }
  address result;
  read_address(from, result, port_zero::refused);
  if (result.text.empty()) {
    return;
  }
  const auto same = [&](const address& each) { return each.where == result.where; };
  if (std::any_of(to.begin(), to.end(), same)) {
    from.refuse_text("this endpoint stands here twice");
    return;
  }
  to.push_back(std::move(result));
}

void read_endpoints(const value& from, std::vector<address>& to) {
  read_list(from, [&](const value& item) { read_endpoint(item, to); });
  if (from.is(node::kind::null) || (from.is(node::kind::sequence) && from.at.items.empty())) {
    from.refuse("at least one endpoint is needed");
  }
}

void read_balance(const value& from) {
  balance wanted = balance::round_robin;
  read_choice(from, wanted, balances);
  if (wanted != balance::round_robin) {
    from.refuse_unsupported("`" + from.path + ": " + from.at.text + "`");
  }
}

void read_health(const value& from) {
  milliseconds interval{};
  const auto read_path = [](const value& v) {
    const auto text = read_text(v);
    if (text && text->front() != '/') {
      v.refuse_text("a path begins with `/`");
    }
  };
  read_mapping(from, {
                         {"interval", [&](const value& v) { read_duration(v, interval); }},
                         {"path", read_path},
                     });
  from.refuse_unsupported();
}

// A socket's path is no name that a certificate could have.
void check_server_name(const value& from, const upstream& read) {
  const auto is_path = [](const address& each) { return std::holds_alternative<unix_path>(each.where); };
  const bool named = !read.tls || !read.tls->server_name.empty() || read.tls->insecure;
  if (!named && std::any_of(read.endpoints.begin(), read.endpoints.end(), is_path)) {
    from.refuse("a `tls.server_name` is needed: an endpoint is a unix socket");
  }
}

}  // namespace

void read_upstream(const value& from, upstream& to) {
  read_mapping(
      from, {
                {"endpoints", [&](const value& v) { read_endpoints(v, to.endpoints); }, presence::required},
                {"balance", read_balance},
                {"tls", [&](const value& v) { read_upstream_tls(v, to.tls); }},
                {"connect_timeout", [&](const value& v) { read_duration(v, to.connect_timeout); }},
                {"handshake_timeout", [&](const value& v) { read_duration(v, to.handshake_timeout); }},
                {"host", [&](const value& v) { read_choice(v, to.host, host_headers); }},
                {"health", read_health},
            });
  check_server_name(from, to);
}

}  // namespace lastframe::config
