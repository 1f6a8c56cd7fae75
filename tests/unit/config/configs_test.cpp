// The configurations that are shipped.
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

namespace fs = std::filesystem;

const fs::path& folder() {
  static const fs::path path = fs::path{LASTFRAME_SOURCE_DIR} / "configs";
  return path;
}

std::string content(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream{folder() / name}.rdbuf();
  return text.str();
}

settings loaded(const std::string& name) {
  return accepted(content(name));
}

TEST(shipped_configs, are_all_valid) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator{folder()}) {
    const load_result result = load_file(entry.path().string(), around_of());
    for (const fault& each : result.faults) {
      ADD_FAILURE() << to_string(each);
    }
    ++files;
  }
  EXPECT_GE(files, 3);
}

TEST(shipped_configs, quickstart_is_what_the_readme_shows) {
  const settings it = loaded("quickstart.yaml");
  EXPECT_EQ(it.listeners.at(0).where.text, "127.0.0.1:8080");
  EXPECT_EQ(it.routes.at(0).upstream.endpoints.at(0).text, "127.0.0.1:3000");
  const std::string text = content("quickstart.yaml");
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 15);
}

TEST(shipped_configs, sidecar_is_set_by_the_environment) {
  const auto around =
      around_of({{"LASTFRAME_UPSTREAM", "unix:/run/service.sock"}, {"LASTFRAME_ROUTE", "chat"}});
  const settings it = accepted(content("sidecar.yaml"), around);
  EXPECT_EQ(it.routes.at(0).name, "chat");
  EXPECT_EQ(it.routes.at(0).upstream.endpoints.at(0).where,
            (address{"", unix_path{"/run/service.sock"}}.where));
}

TEST(shipped_configs, reference_shows_the_defaults) {
  const settings it = loaded("reference.yaml");
  const settings least = accepted(with_section());
  const route& shown = it.routes.at(0);
  const route& usual = least.routes.at(0);
  EXPECT_EQ(shown.tunnel, usual.tunnel);
  EXPECT_EQ(shown.on_failure, usual.on_failure);
  EXPECT_EQ(shown.upstream.connect_timeout, usual.upstream.connect_timeout);
  EXPECT_EQ(shown.upstream.handshake_timeout, usual.upstream.handshake_timeout);
  EXPECT_EQ(shown.upstream.host, usual.upstream.host);
  EXPECT_EQ(it.limits.connections, least.limits.connections);
  EXPECT_EQ(it.limits.closing, least.limits.closing);
  EXPECT_EQ(it.limits.buffer_bytes, least.limits.buffer_bytes);
  EXPECT_EQ(it.limits.header_bytes, least.limits.header_bytes);
  EXPECT_EQ(it.limits.header_timeout, least.limits.header_timeout);
  EXPECT_EQ(it.drain.code, least.drain.code);
  EXPECT_EQ(it.drain.delay, least.drain.delay);
  EXPECT_EQ(it.drain.spread, least.drain.spread);
  EXPECT_EQ(it.drain.deadline, least.drain.deadline);
  EXPECT_EQ(it.telemetry.where, least.telemetry.where);
  EXPECT_EQ(it.telemetry.details, least.telemetry.details);
  EXPECT_EQ(it.telemetry.max_codes, least.telemetry.max_codes);
  EXPECT_EQ(it.log.level, least.log.level);
  EXPECT_EQ(it.log.format, least.log.format);
  EXPECT_EQ(it.log.access, least.log.access);
  EXPECT_EQ(it.workers, least.workers);
}

TEST(shipped_configs, reference_is_right_about_what_it_comments_out) {
  // With its keys brought back (`# key: value`, `#   key: value`), only support may be missing.
  std::istringstream lines{content("reference.yaml")};
  std::string whole;
  for (std::string line; std::getline(lines, line);) {
    static const std::regex commented{R"(^( {0,12})# (\s*[a-z_]+:( .*|))$)"};
    whole += std::regex_replace(line, commented, "$1$2") + '\n';
  }
  std::size_t unsupported = 0;
  for (const std::string& each : faults_of(whole)) {
    EXPECT_THAT(each, HasSubstr("is not supported by this version"));
    ++unsupported;
  }
  EXPECT_EQ(unsupported, 1U) << "health; all else shows its default, which is accepted";
}

TEST(shipped_configs, reference_has_every_key) {
  const std::string text = "\n" + content("reference.yaml");
  for (const char* key : {"listeners",
                          "address",
                          "tls",
                          "certificate",
                          "key",
                          "client_ca",
                          "min_version",
                          "proxy_protocol",
                          "routes",
                          "name",
                          "match",
                          "host",
                          "path",
                          "upstream",
                          "endpoints",
                          "balance",
                          "ca",
                          "server_name",
                          "insecure",
                          "connect_timeout",
                          "handshake_timeout",
                          "health",
                          "interval",
                          "keepalive",
                          "client",
                          "timeout",
                          "on_failure",
                          "failure_code",
                          "failure_delay",
                          "on_client_lost",
                          "fragmentation",
                          "allowed_origins",
                          "limits",
                          "max_message",
                          "max_lifetime",
                          "write_timeout",
                          "close_timeout",
                          "connections",
                          "connections_per_client",
                          "closing",
                          "buffer_bytes",
                          "header_bytes",
                          "header_timeout",
                          "drain",
                          "code",
                          "delay",
                          "spread",
                          "deadline",
                          "telemetry",
                          "details",
                          "app_codes",
                          "max_codes",
                          "log",
                          "level",
                          "format",
                          "access",
                          "forwarded",
                          "trusted",
                          "workers"}) {
    EXPECT_TRUE(std::regex_search(text, std::regex{std::string{R"([\s{])"} + key + ":"})) << key;
  }
}

}  // namespace
}  // namespace lastframe::config
