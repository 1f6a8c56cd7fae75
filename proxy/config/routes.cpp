#include <algorithm>

#include "proxy/config/scalars.hpp"
#include "proxy/config/sections.hpp"
#include "proxy/config/suggest.hpp"

namespace lastframe::config {
namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

void read_name(const value& from, std::string& to, const std::vector<route>& others) {
  const auto text = read_text(from);
  if (!text) {
    return;
  }
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (text->size() > longest_name || !std::all_of(text->begin(), text->end(), fits)) {
    from.refuse_text("a name is 1 to 63 characters of a-z, 0-9, `_` and `-`");
  } else if (*text == "none") {
    from.refuse_text("this name stands for no route in the metrics");
  } else if (std::any_of(others.begin(), others.end(),
                         [&](const route& each) { return each.name == *text; })) {
    from.refuse_text("another route has this name");
  } else {
    to = *text;
  }
}

void read_match_host(const value& from, std::string& to) {
  const auto text = read_text(from);
  if (!text) {
    return;
  }
  const std::string_view name = text->substr(0, 2) == "*." ? text->substr(2) : *text;
  if (is_host_name(name)) {
    to = lower(*text);
  } else if (name.find(':') != std::string_view::npos) {
    from.refuse_text("a host to match has no port");
  } else {
    from.refuse_text("expected a host's name, such as chat.example.com or *.example.com");
  }
}

void read_match_path(const value& from, std::string& to) {
  const auto text = read_text(from);
  if (!text) {
    return;
  }
  const auto unfit = [](char c) {
    return c == '?' || c == '#' || static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
  };
  if (text->front() != '/') {
    from.refuse_text("a path begins with `/`");
  } else if (std::any_of(text->begin(), text->end(), unfit)) {
    from.refuse_text("a path has no query, fragment or spaces");
  } else {
    to = *text;
  }
}

void read_match(const value& from, match& to) {
  read_mapping(from, {
                         {"host", [&](const value& v) { read_match_host(v, to.host); }},
                         {"path", [&](const value& v) { read_match_path(v, to.path); }},
                     });
}

void read_leg_keepalive(const value& from, std::optional<protocol::keepalive_settings>& to) {
  if (from.is_word("off")) {
    to.reset();
    return;
  }
  if (from.is(node::kind::scalar)) {
    from.refuse_text("expected off, or a mapping such as {interval: 20s, timeout: 20s}" +
                     did_you_mean(from.at.text, {"off"}));
    return;
  }
  protocol::keepalive_settings result;
  read_mapping(from, {
                         {"interval", [&](const value& v) { read_duration(v, result.interval); }},
                         {"timeout", [&](const value& v) { read_duration(v, result.timeout); }},
                     });
  to = result;
}

void read_keepalive(const value& from, protocol::tunnel_settings& to) {
  read_mapping(from, {
                         {"client", [&](const value& v) { read_leg_keepalive(v, to.client_keepalive); }},
                         {"upstream", [&](const value& v) { read_leg_keepalive(v, to.upstream_keepalive); }},
                     });
}

void read_route_limits(const value& from, protocol::tunnel_settings& to) {
  read_mapping(from, {
                         {"max_message", [&](const value& v) { read_size(v, to.max_message); }},
                         {"max_lifetime", [&](const value& v) { read_duration(v, to.max_lifetime); }},
                         {"write_timeout", [&](const value& v) { read_duration(v, to.write_timeout); }},
                         {"close_timeout", [&](const value& v) { read_duration(v, to.close_timeout); }},
                     });
}

void read_client_lost(const value& from, std::optional<close_code>& to) {
  if (from.is_word("drop")) {
    to.reset();
    return;
  }
  if (from.is(node::kind::scalar) && from.at.text.find_first_not_of("0123456789") != std::string::npos) {
    from.refuse_text("expected drop, or a close code such as 1001" + did_you_mean(from.at.text, {"drop"}));
    return;
  }
  close_code code = 0;
  read_close_code(from, code);
  if (code != 0) {
    to = code;
  }
}

void read_allowed_origins(const value& from) {
  read_list(from, [](const value& item) {
    const auto text = read_text(item);
    const std::size_t scheme = text ? text->find("://") : std::string_view::npos;
    if (text && (scheme == 0 || scheme == std::string_view::npos || text->size() == scheme + 3 ||
                 text->find('/', scheme + 3) != std::string_view::npos)) {
      item.refuse_text("expected an origin, such as https://example.com");
    }
  });
  if (from.is(node::kind::sequence) && !from.at.items.empty()) {
    from.refuse_unsupported();
  }
}

void read_route(const value& from, std::vector<route>& to) {
  route result;
  protocol::tunnel_settings& tunnel = result.tunnel;
  read_mapping(
      from,
      {
          {"name", [&](const value& v) { read_name(v, result.name, to); }, presence::required},
          {"match", [&](const value& v) { read_match(v, result.match); }},
          {"upstream", [&](const value& v) { read_upstream(v, result.upstream); }, presence::required},
          {"keepalive", [&](const value& v) { read_keepalive(v, tunnel); }},
          {"on_failure", [&](const value& v) { read_choice(v, result.on_failure, failure_answers); }},
          {"failure_code", [&](const value& v) { read_close_code(v, tunnel.failure_code); }},
          {"failure_delay", [&](const value& v) { read_duration(v, tunnel.failure_delay, may_be_zero); }},
          {"on_client_lost", [&](const value& v) { read_client_lost(v, tunnel.on_client_lost); }},
          {"fragmentation", [&](const value& v) { read_choice(v, tunnel.split, fragmentations); }},
          {"allowed_origins", read_allowed_origins},
          {"limits", [&](const value& v) { read_route_limits(v, tunnel); }},
      });
  to.push_back(std::move(result));
}

}  // namespace

void read_routes(const value& from, std::vector<route>& to) {
  read_list(from, [&](const value& item) { read_route(item, to); });
  if (from.is(node::kind::null) || (from.is(node::kind::sequence) && from.at.items.empty())) {
    from.refuse("at least one route is needed");
  }
}

}  // namespace lastframe::config
