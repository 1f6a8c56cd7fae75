#include "proxy/config/changes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "proxy/config/units.hpp"
#include "proxy/config/vocabulary.hpp"

namespace lastframe::config {
namespace {

/// A part of a configuration that may come and go as a whole, and the keys in it.
struct section {
  std::string name;  ///< empty: what is always there
  std::vector<std::pair<std::string, std::string>> values;

  void add(std::string key, std::string value) { values.emplace_back(std::move(key), std::move(value)); }
};

// Every structure is taken apart by all of its members: one that is added does not compile until it is here.

template <class T, std::size_t N>
std::string text_of(T value, const std::array<word<T>, N>& words) {
  return std::string{std::ranges::find(words, value, &word<T>::meaning)->text};
}

std::string or_any(const std::string& value) {
  return value.empty() ? "any" : value;
}

template <class T, class Text>
std::string text_or(const std::optional<T>& value, const Text& text, std::string_view otherwise) {
  return value ? text(*value) : std::string{otherwise};
}

void describe(const std::string& key, const net::tls_server_settings& from, section& to) {
  const auto& [place, identity, client_ca, min_version] = from;
  const auto& [certificate, private_key] = identity;
  to.add(key + ".certificate", certificate);
  to.add(key + ".key", private_key);
  to.add(key + ".client_ca", client_ca.empty() ? "none" : client_ca);
  to.add(key + ".min_version", text_of(min_version, tls_versions));
}

void describe(const net::tls_client_settings& from, section& to) {
  const auto& [place, ca, server_name, identity, insecure] = from;
  const auto& [certificate, private_key] = identity.value_or(net::tls_identity{"none", "none"});
  to.add("upstream.tls.ca", ca.empty() ? "system" : ca);
  to.add("upstream.tls.server_name", server_name.empty() ? "the endpoint's" : server_name);
  to.add("upstream.tls.certificate", certificate);
  to.add("upstream.tls.key", private_key);
  to.add("upstream.tls.insecure", text_of(insecure, booleans));
}

section describe(const listener& from, const std::string& name) {
  const auto& [where, tls] = from;
  section to{"listeners." + name, {}};
  for (std::size_t i = 0; i < tls.size(); ++i) {
    describe("tls[" + std::to_string(i) + "]", tls[i], to);
  }
  return to;
}

void describe(const upstream& from, section& to) {
  const auto& [endpoints, connect_timeout, handshake_timeout, host, tls] = from;
  std::string all;
  for (const address& each : endpoints) {
    all += (all.empty() ? "" : ", ") + each.text;
  }
  to.add("upstream.endpoints", all);
  to.add("upstream.connect_timeout", duration_text(connect_timeout));
  to.add("upstream.handshake_timeout", duration_text(handshake_timeout));
  to.add("upstream.host", text_of(host, host_headers));
  if (tls) {
    describe(*tls, to);
  }
}

void describe(const std::string& key, const std::optional<protocol::keepalive_settings>& from, section& to) {
  const auto& [interval, timeout] = from.value_or(protocol::keepalive_settings{});
  to.add(key + ".interval", from ? duration_text(interval) : "off");
  to.add(key + ".timeout", from ? duration_text(timeout) : "off");
}

void describe(const protocol::tunnel_settings& from, section& to) {
  const auto& [client_keepalive, upstream_keepalive, failure_code, failure_delay, on_client_lost, split,
               max_message, max_lifetime, write_timeout, close_timeout] = from;
  describe("keepalive.client", client_keepalive, to);
  describe("keepalive.upstream", upstream_keepalive, to);
  to.add("failure_code", std::to_string(failure_code));
  to.add("failure_delay", duration_text(failure_delay));
  to.add("on_client_lost", text_or(
                               on_client_lost, [](close_code code) { return std::to_string(code); }, "drop"));
  to.add("fragmentation", text_of(split, fragmentations));
  to.add("limits.max_message", text_or(max_message, size_text, "unlimited"));
  to.add("limits.max_lifetime", text_or(max_lifetime, duration_text, "unlimited"));
  to.add("limits.write_timeout", duration_text(write_timeout));
  to.add("limits.close_timeout", duration_text(close_timeout));
}

section describe(const route& from) {
  const auto& [name, match, upstream, on_failure, tunnel] = from;
  const auto& [host, path] = match;
  section to{"routes." + name, {}};
  to.add("match.host", or_any(host));
  to.add("match.path", or_any(path));
  describe(upstream, to);
  to.add("on_failure", text_of(on_failure, failure_answers));
  describe(tunnel, to);
  return to;
}

void describe(const limits& from, section& to) {
  const auto& [connections, closing, buffer_bytes, header_bytes, header_timeout] = from;
  to.add("limits.connections", std::to_string(connections));
  to.add("limits.closing", std::to_string(closing));
  to.add("limits.buffer_bytes", size_text(buffer_bytes));
  to.add("limits.header_bytes", size_text(header_bytes));
  to.add("limits.header_timeout", duration_text(header_timeout));
}

void describe(const drain& from, section& to) {
  const auto& [code, delay, spread, deadline] = from;
  to.add("drain.code", std::to_string(code));
  to.add("drain.delay", duration_text(delay));
  to.add("drain.spread", duration_text(spread));
  to.add("drain.deadline", duration_text(deadline));
}

void describe(const telemetry_settings& from, section& to) {
  const auto& [where, details, app_codes, max_codes] = from;
  const auto& [host, port] = where;
  to.add("telemetry.address", host + ":" + std::to_string(port));
  to.add("telemetry.details", text_of(details, details_choices));
  for (const auto& [code, name] : app_codes) {
    to.add("telemetry.app_codes." + std::to_string(code), name);
  }
  to.add("telemetry.max_codes", std::to_string(max_codes));
}

void describe(const log& from, section& to) {
  const auto& [level, format, access] = from;
  to.add("log.level", text_of(level, log_levels));
  to.add("log.format", text_of(format, log_formats));
  to.add("log.access", text_of(access, access_logs));
}

std::vector<section> describe(const settings& from) {
  const auto& [listeners, routes, limits, drain, telemetry, log, workers] = from;
  std::vector<section> to;
  const std::vector<std::string> names = listener_names(from);
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    to.push_back(describe(listeners[i], names[i]));
  }
  for (const route& each : routes) {
    to.push_back(describe(each));
  }
  section& rest = to.emplace_back();
  describe(limits, rest);
  describe(drain, rest);
  describe(telemetry, rest);
  describe(log, rest);
  rest.add("workers", std::to_string(workers));
  return to;
}

template <class Key, class Value>
const Value* find(const std::vector<std::pair<Key, Value>>& in, const Key& key) {
  const auto found = std::ranges::find(in, key, &std::pair<Key, Value>::first);
  return found == in.end() ? nullptr : &found->second;
}

void compare(const section& from, const section& to, std::vector<std::string>& lines) {
  const std::string prefix = from.name.empty() ? "" : from.name + ".";
  const auto add = [&](const std::string& key, const std::string* before, const std::string* after) {
    std::string line = prefix + key;
    line.append(": ").append(before != nullptr ? *before : "unset");
    lines.push_back(line.append(" -> ").append(after != nullptr ? *after : "unset"));
  };
  for (const auto& [key, value] : from.values) {
    const std::string* const now = find(to.values, key);
    if (now == nullptr || *now != value) {
      add(key, &value, now);
    }
  }
  for (const auto& [key, value] : to.values) {
    if (find(from.values, key) == nullptr) {
      add(key, nullptr, &value);
    }
  }
}

/// The names of the routes that `other` has too.
std::vector<std::string> common_routes(const settings& of, const settings& other) {
  std::vector<std::string> names;
  for (const route& each : of.routes) {
    if (std::ranges::find(other.routes, each.name, &route::name) != other.routes.end()) {
      names.push_back(each.name);
    }
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& each : names) {
    out += (out.empty() ? "" : ", ") + each;
  }
  return out;
}

}  // namespace

std::vector<std::string> listener_names(const settings& of) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < of.listeners.size(); ++i) {
    const std::string& text = of.listeners[i].where.text;
    const auto before =
        std::count_if(of.listeners.begin(), of.listeners.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](const listener& each) { return each.where.text == text; });
    names.push_back(before == 0 ? text : text + " (" + std::to_string(before + 1) + ")");
  }
  return names;
}

std::vector<std::string> changes(const settings& from, const settings& to) {
  const std::vector<section> before = describe(from);
  const std::vector<section> after = describe(to);
  std::vector<std::string> lines;
  for (const section& each : before) {
    const auto same = std::ranges::find(after, each.name, &section::name);
    if (same == after.end()) {
      lines.push_back(each.name + ": removed");
    } else {
      compare(each, *same, lines);
    }
  }
  for (const section& each : after) {
    if (std::ranges::find(before, each.name, &section::name) == before.end()) {
      lines.push_back(each.name + ": added");
    }
  }
  const auto order = common_routes(from, to);
  if (const auto now = common_routes(to, from); now != order) {
    lines.push_back("routes: " + joined(order) + " -> " + joined(now));
  }
  return lines;
}

std::vector<std::string> changes_that_need_a_restart(const settings& from, const settings& to) {
  std::vector<std::string> lines = changes(from, to);
  std::erase_if(lines, [](const std::string& line) {
    return !line.starts_with("workers: ") && !line.starts_with("telemetry.address: ");
  });
  return lines;
}

}  // namespace lastframe::config
