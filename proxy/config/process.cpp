#include <algorithm>

#include "proxy/config/scalars.hpp"
#include "proxy/config/sections.hpp"
#include "proxy/config/units.hpp"

namespace lastframe::config {
namespace {

void read_connections(const value& from, std::size_t& to, std::size_t descriptor_limit) {
  if (from.is_word("auto")) {
    return;  // the caller's default
  }
  std::size_t wanted = 0;
  read_count(from, wanted, {}, "auto");
  const std::size_t possible = descriptor_limit > 256 ? (descriptor_limit - 256) / 2 : 0;
  if (wanted > possible) {
    from.refuse_text("more than the limit of " + std::to_string(descriptor_limit) +
                     " descriptors allows, which is " + std::to_string(possible) +
                     "; raise the hard limit (ulimit -Hn), or write auto");
  } else if (wanted != 0) {
    to = wanted;
  }
}

void read_connections_per_client(const value& from) {
  if (from.is_word("unlimited")) {
    return;
  }
  std::size_t wanted = 0;
  read_count(from, wanted, {}, "unlimited");
  if (wanted != 0) {
    from.refuse_unsupported();
  }
}

void read_telemetry_address(const value& from, host_port& to) {
  address found;
  read_address(from, found, port_zero::allowed);
  if (const auto* tcp = std::get_if<host_port>(&found.where); tcp != nullptr && !tcp->host.empty()) {
    to = *tcp;
  } else if (std::holds_alternative<unix_path>(found.where)) {
    from.refuse_text("telemetry is served over TCP: host:port or [v6]:port");
  }
}

void read_app_code(const value& key, const value& child, std::map<close_code, std::string>& to) {
  std::size_t code = 0;
  read_count(key, code, app_code_range);
  const auto name = read_text(child);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!name) {
    return;
  }
  if (name->size() > longest_name || !std::all_of(name->begin(), name->end(), fits)) {
    child.refuse_text("a name is 1 to 63 letters, digits, `_` and `-`, such as session_expired");
  } else if (code != 0 && !to.emplace(static_cast<close_code>(code), *name).second) {
    key.refuse_text("this code stands here twice");
  }
}

}  // namespace

void read_limits(const value& from, limits& to, const surroundings& around) {
  std::uint64_t header_bytes = to.header_bytes;
  read_mapping(from,
               {
                   {"connections",
                    [&](const value& v) { read_connections(v, to.connections, around.descriptor_limit); }},
                   {"connections_per_client", read_connections_per_client},
                   {"closing", [&](const value& v) { read_count(v, to.closing, closing_counts); }},
                   {"buffer_bytes", [&](const value& v) { read_size(v, to.buffer_bytes, buffer_sizes); }},
                   {"header_bytes", [&](const value& v) { read_size(v, header_bytes, header_sizes); }},
                   {"header_timeout", [&](const value& v) { read_duration(v, to.header_timeout); }},
               });
  to.header_bytes = header_bytes;
}

void read_drain(const value& from, drain& to) {
  read_mapping(from, {
                         {"code", [&](const value& v) { read_close_code(v, to.code); }},
                         {"delay", [&](const value& v) { read_duration(v, to.delay, may_be_zero); }},
                         {"spread", [&](const value& v) { read_duration(v, to.spread, may_be_zero); }},
                         {"deadline", [&](const value& v) { read_duration(v, to.deadline); }},
                     });
  if (to.delay + to.spread > to.deadline) {
    from.refuse("delay (" + duration_text(to.delay) + ") and spread (" + duration_text(to.spread) +
                ") together are longer than deadline (" + duration_text(to.deadline) + ")");
  }
}

void read_telemetry(const value& from, telemetry_settings& to) {
  const auto read_codes = [&](const value& v) {
    read_pairs(v, [&](const value& key, const value& child) { read_app_code(key, child, to.app_codes); });
  };
  read_mapping(from,
               {
                   {"address", [&](const value& v) { read_telemetry_address(v, to.where); }},
                   {"details", [&](const value& v) { read_choice(v, to.details, details_choices); }},
                   {"app_codes", read_codes},
                   {"max_codes", [&](const value& v) { read_count(v, to.max_codes, max_codes_counts); }},
               });
}

void read_log(const value& from, log& to) {
  read_mapping(from, {
                         {"level", [&](const value& v) { read_choice(v, to.level, log_levels); }},
                         {"format", [&](const value& v) { read_choice(v, to.format, log_formats); }},
                         {"access", [&](const value& v) { read_choice(v, to.access, access_logs); }},
                     });
}

void read_forwarded(const value& from) {
  const auto read_trusted = [](const value& list) {
    read_list(list, [](const value& item) {
      const auto text = read_text(item);
      if (text && !is_cidr(*text)) {
        item.refuse_text("expected a network, such as 10.0.0.0/8, without bits set behind its prefix");
      }
    });
    if (list.is(node::kind::sequence) && !list.at.items.empty()) {
      list.refuse_unsupported();
    }
  };
  read_mapping(from, {{"trusted", read_trusted}});
}

void read_workers(const value& from, std::size_t& to) {
  if (!from.is_word("auto")) {
    read_count(from, to, worker_counts, "auto");
  }
}

}  // namespace lastframe::config
