#include "proxy/config/changes.hpp"

#include <fstream>
#include <functional>
#include <iterator>

#include "proxy/config/document.hpp"
#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

std::string reference() {
  std::ifstream in{LASTFRAME_SOURCE_DIR "/configs/reference.yaml"};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

/// The scalars of a document, and the paths that lead to them.
std::map<std::string, node_ptr> leaves_of(const node_ptr& from, const std::string& path = {}) {
  if (from->type == node::kind::scalar) {
    return {{path, from}};
  }
  std::map<std::string, node_ptr> all;
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& [key, child] : from->pairs) {
    all.merge(leaves_of(child, prefix + key->text));
  }
  for (std::size_t i = 0; i < from->items.size(); ++i) {
    all.merge(leaves_of(from->items[i], prefix + std::to_string(i)));
  }
  return all;
}

std::map<std::string, node_ptr> leaves_of_reference() {
  fault_list faults{"f"};
  return leaves_of(read_document(reference(), around_of().variable, faults));
}

/// The reference with another text in the place of a scalar.
std::string with(const node& leaf, const std::string& other) {
  std::string text = reference();
  std::size_t at = 0;
  for (std::size_t line = 1; line < leaf.where.line; ++line) {
    at = text.find('\n', at) + 1;
  }
  at += leaf.where.column - 1;
  EXPECT_EQ(text.substr(at, leaf.text.size()), leaf.text);
  return text.replace(at, leaf.text.size(), other);
}

struct changed_leaf {
  std::string other;
  strings lines;
};

/// Every key of the reference: another value for it, and what is to be said of that.
const std::map<std::string, changed_leaf> every_key{
    {"listeners.0.address",
     {"127.0.0.1:1", {"listeners.0.0.0.0:8080: removed", "listeners.127.0.0.1:1: added"}}},
    {"routes.0.name", {"news", {"routes.chat: removed", "routes.news: added"}}},
    {"routes.0.match.host", {"a.test", {"routes.chat.match.host: chat.example.com -> a.test"}}},
    {"routes.0.match.path", {"/s", {"routes.chat.match.path: /ws -> /s"}}},
    {"routes.0.upstream.endpoints.0", {"b:1", {"routes.chat.upstream.endpoints: 127.0.0.1:3000 -> b:1"}}},
    {"routes.0.upstream.connect_timeout", {"3s", {"routes.chat.upstream.connect_timeout: 2s -> 3s"}}},
    {"routes.0.upstream.handshake_timeout", {"1m", {"routes.chat.upstream.handshake_timeout: 10s -> 1m"}}},
    {"routes.0.upstream.host", {"upstream", {"routes.chat.upstream.host: preserve -> upstream"}}},
    {"routes.0.keepalive.client.interval", {"5s", {"routes.chat.keepalive.client.interval: 20s -> 5s"}}},
    {"routes.0.keepalive.client.timeout", {"5s", {"routes.chat.keepalive.client.timeout: 20s -> 5s"}}},
    {"routes.0.keepalive.upstream.interval", {"5s", {"routes.chat.keepalive.upstream.interval: 20s -> 5s"}}},
    {"routes.0.keepalive.upstream.timeout", {"5s", {"routes.chat.keepalive.upstream.timeout: 20s -> 5s"}}},
    {"routes.0.on_failure", {"http", {"routes.chat.on_failure: close -> http"}}},
    {"routes.0.failure_code", {"1011", {"routes.chat.failure_code: 1014 -> 1011"}}},
    {"routes.0.failure_delay", {"0s", {"routes.chat.failure_delay: 5s -> 0s"}}},
    {"routes.0.on_client_lost", {"1001", {"routes.chat.on_client_lost: drop -> 1001"}}},
    {"routes.0.fragmentation", {"preserve", {"routes.chat.fragmentation: split -> preserve"}}},
    {"routes.0.limits.max_message", {"1MiB", {"routes.chat.limits.max_message: unlimited -> 1MiB"}}},
    {"routes.0.limits.max_lifetime", {"1h", {"routes.chat.limits.max_lifetime: unlimited -> 1h"}}},
    {"routes.0.limits.write_timeout", {"1m", {"routes.chat.limits.write_timeout: 2m -> 1m"}}},
    {"routes.0.limits.close_timeout", {"9s", {"routes.chat.limits.close_timeout: 5s -> 9s"}}},
    {"limits.connections", {"77", {"limits.connections: 10000 -> 77"}}},
    {"limits.closing", {"7", {"limits.closing: 1000 -> 7"}}},
    {"limits.buffer_bytes", {"1GiB", {"limits.buffer_bytes: 256MiB -> 1GiB"}}},
    {"limits.header_bytes", {"8KiB", {"limits.header_bytes: 32KiB -> 8KiB"}}},
    {"limits.header_timeout", {"5s", {"limits.header_timeout: 10s -> 5s"}}},
    {"drain.code", {"1001", {"drain.code: 1012 -> 1001"}}},
    {"drain.delay", {"1s", {"drain.delay: 0s -> 1s"}}},
    {"drain.spread", {"5s", {"drain.spread: 10s -> 5s"}}},
    {"drain.deadline", {"1m", {"drain.deadline: 25s -> 1m"}}},
    {"telemetry.address", {"0.0.0.0:1", {"telemetry.address: 127.0.0.1:10014 -> 0.0.0.0:1"}}},
    {"telemetry.details", {"false", {"telemetry.details: auto -> false"}}},
    {"telemetry.app_codes.4001", {"gone", {"telemetry.app_codes.4001: session_expired -> gone"}}},
    {"telemetry.max_codes", {"3", {"telemetry.max_codes: 64 -> 3"}}},
    {"log.level", {"debug", {"log.level: info -> debug"}}},
    {"log.format", {"text", {"log.format: json -> text"}}},
    {"log.access", {"off", {"log.access: all -> off"}}},
    {"workers", {"9", {"workers: 3 -> 9"}}},
};

TEST(changes, name_every_key_of_the_reference_that_differs_and_no_other) {
  const settings before = accepted(reference());
  const auto leaves = leaves_of_reference();
  EXPECT_EQ(leaves.size(), every_key.size());
  for (const auto& [path, leaf] : leaves) {
    const auto found = every_key.find(path);
    ASSERT_NE(found, every_key.end()) << path << ": say here what a reload makes of it";
    const settings after = accepted(with(*leaf, found->second.other));
    EXPECT_EQ(changes(before, after), found->second.lines) << path;
    EXPECT_EQ(changes(after, before).size(), found->second.lines.size()) << path;
  }
}

TEST(changes, take_a_restart_where_threads_or_the_telemetry_s_socket_are_concerned) {
  const settings before = accepted(reference());
  strings paths;
  for (const auto& [path, leaf] : leaves_of_reference()) {
    const settings after = accepted(with(*leaf, every_key.at(path).other));
    const strings lines = changes_that_need_a_restart(before, after);
    if (lines.empty()) {
      continue;
    }
    EXPECT_EQ(lines, every_key.at(path).lines);
    paths.push_back(path);
  }
  EXPECT_THAT(paths, ElementsAre("telemetry.address", "workers"));
}

TEST(changes, are_none_where_a_file_says_the_same_in_other_places) {
  const std::string tls = "tls: {certificate: a.crt, key: a.key}";
  EXPECT_THAT(changes(accepted(with_listener(tls)), accepted("# A comment.\n" + with_listener(tls))),
              IsEmpty());
}

TEST(changes, name_the_keys_of_tls) {
  const auto of_listener = [](const std::string& from, const std::string& to) {
    return changes(accepted(with_listener(from)), accepted(with_listener(to)));
  };
  const std::string on = "tls: {certificate: a.crt, key: a.key}";
  const std::string name = "listeners.127.0.0.1:8080.tls[0].";
  EXPECT_THAT(of_listener("", on),
              ElementsAre(name + "certificate: unset -> a.crt", name + "key: unset -> a.key",
                          name + "client_ca: unset -> none", name + "min_version: unset -> 1.2"));
  EXPECT_EQ(of_listener(on, "").size(), 4U);
  EXPECT_THAT(of_listener(on, "tls: {certificate: b.crt, key: b.key, client_ca: c, min_version: \"1.3\"}"),
              ElementsAre(name + "certificate: a.crt -> b.crt", name + "key: a.key -> b.key",
                          name + "client_ca: none -> c", name + "min_version: 1.2 -> 1.3"));

  const auto of_upstream = [](const std::string& from, const std::string& to) {
    return changes(accepted(with_upstream(from)), accepted(with_upstream(to)));
  };
  EXPECT_EQ(of_upstream("", "tls: {}").size(), 5U);
  EXPECT_THAT(
      of_upstream("tls: {}", "tls: {ca: c, server_name: s, certificate: a, key: b, insecure: true}"),
      ElementsAre("routes.a.upstream.tls.ca: system -> c",
                  "routes.a.upstream.tls.server_name: the endpoint's -> s",
                  "routes.a.upstream.tls.certificate: none -> a", "routes.a.upstream.tls.key: none -> b",
                  "routes.a.upstream.tls.insecure: false -> true"));
}

TEST(changes, say_that_keepalive_is_off) {
  EXPECT_THAT(changes(accepted(with_section()), accepted(with_route("keepalive: {client: off}"))),
              ElementsAre("routes.a.keepalive.client.interval: 20s -> off",
                          "routes.a.keepalive.client.timeout: 20s -> off"));
}

TEST(changes, name_routes_that_come_go_and_change_places) {
  const auto with_names = [](const strings& names) {
    settings made = accepted(with_section());
    const route one = made.routes.front();
    made.routes.clear();
    for (const std::string& each : names) {
      made.routes.push_back(one);
      made.routes.back().name = each;
    }
    return made;
  };
  const settings before = with_names({"a", "b", "c"});
  EXPECT_THAT(changes(before, with_names({"a", "c", "d"})),
              ElementsAre("routes.b: removed", "routes.d: added"));
  EXPECT_THAT(changes(before, with_names({"d", "c", "a"})),
              ElementsAre("routes.b: removed", "routes.d: added", "routes: a, c -> c, a"));
}

TEST(listener_names, are_their_addresses_and_tell_those_apart_that_are_written_alike) {
  settings made;
  for (const char* const each : {"127.0.0.1:0", "unix:/a", "127.0.0.1:0", "127.0.0.1:0"}) {
    made.listeners.push_back({{each, host_port{}}, {}});
  }
  EXPECT_THAT(listener_names(made),
              ElementsAre("127.0.0.1:0", "unix:/a", "127.0.0.1:0 (2)", "127.0.0.1:0 (3)"));
}

}  // namespace
}  // namespace lastframe::config
