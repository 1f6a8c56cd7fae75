#include <algorithm>

#include "proxy/config/scalars.hpp"
#include "proxy/config/sections.hpp"

namespace lastframe::config {
namespace {

bool is_any_port(const address& where) {
  const auto* tcp = std::get_if<host_port>(&where.where);
  return tcp != nullptr && tcp->port == 0;
}

void read_proxy_protocol(const value& from) {
  bool wanted = false;
  read_bool(from, wanted);
  if (wanted) {
    from.refuse_unsupported();
  }
}

void read_listener(const value& from, std::vector<listener>& to) {
  listener result;
  const auto read_where = [&](const value& v) {
    read_address(v, result.where, port_zero::allowed);
    const auto same = [&](const listener& each) { return each.where.where == result.where.where; };
    if (!result.where.text.empty() && !is_any_port(result.where) && std::any_of(to.begin(), to.end(), same)) {
      v.refuse_text("another listener has this address");
    }
  };
  read_mapping(from, {
                         {"address", read_where, presence::required},
                         {"tls", [&](const value& v) { read_listener_tls(v, result.tls); }},
                         {"proxy_protocol", read_proxy_protocol},
                     });
  to.push_back(std::move(result));
}

}  // namespace

void read_listeners(const value& from, std::vector<listener>& to) {
  read_list(from, [&](const value& item) { read_listener(item, to); });
  if (from.is(node::kind::null) || (from.is(node::kind::sequence) && from.at.items.empty())) {
    from.refuse("at least one listener is needed");
  }
}

}  // namespace lastframe::config
