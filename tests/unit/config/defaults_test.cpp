// What a file that says the least means. The numbers stand here as in the manual, not as in the code.
#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

using namespace std::chrono_literals;

TEST(config_defaults, of_a_route) {
  const route it = only_route(with_section());
  EXPECT_EQ(it.name, "a");
  EXPECT_EQ(it.match, match{});
  EXPECT_EQ(it.upstream.connect_timeout, 2s);
  EXPECT_EQ(it.upstream.handshake_timeout, 10s);
  EXPECT_EQ(it.upstream.host, host_header::preserve);
  EXPECT_EQ(it.on_failure, on_failure::close);
}

TEST(config_defaults, of_a_tunnel) {
  const auto it = only_route(with_section()).tunnel;
  ASSERT_TRUE(it.client_keepalive && it.upstream_keepalive);
  EXPECT_EQ(it.client_keepalive->interval, 20s);
  EXPECT_EQ(it.client_keepalive->timeout, 20s);
  EXPECT_EQ(it.upstream_keepalive->interval, 20s);
  EXPECT_EQ(it.upstream_keepalive->timeout, 20s);
  EXPECT_EQ(it.failure_code, 1014);
  EXPECT_EQ(it.failure_delay, 5s);
  EXPECT_EQ(it.on_client_lost, std::nullopt);
  EXPECT_TRUE(it.split);
  EXPECT_EQ(it.max_message, std::nullopt);
  EXPECT_EQ(it.max_lifetime, std::nullopt);
  EXPECT_EQ(it.write_timeout, 2min);
  EXPECT_EQ(it.close_timeout, 5s);
}

TEST(config_defaults, of_the_process) {
  const settings it = accepted(with_section());
  EXPECT_EQ(it.limits.connections, 10'000U);  // of 20,256 descriptors
  EXPECT_EQ(it.limits.closing, 1'000U);
  EXPECT_EQ(it.limits.buffer_bytes, 256U * 1'048'576);
  EXPECT_EQ(it.limits.header_bytes, 32U * 1'024);
  EXPECT_EQ(it.limits.header_timeout, 10s);
  EXPECT_EQ(it.drain.code, 1012);
  EXPECT_EQ(it.drain.delay, 0s);
  EXPECT_EQ(it.drain.spread, 10s);
  EXPECT_EQ(it.drain.deadline, 25s);
  EXPECT_EQ(it.workers, 3U);  // of 3 CPUs
}

TEST(config_defaults, of_telemetry_and_log) {
  const settings it = accepted(with_section());
  EXPECT_EQ(it.telemetry.where, (host_port{"127.0.0.1", 10'014}));
  EXPECT_EQ(it.telemetry.details, details::automatic);
  EXPECT_THAT(it.telemetry.app_codes, IsEmpty());
  EXPECT_EQ(it.telemetry.max_codes, 64U);
  EXPECT_EQ(it.log.level, log_level::info);
  EXPECT_EQ(it.log.format, log_format::json);
  EXPECT_EQ(it.log.access, access_log::all);
}

TEST(config_defaults, may_be_written_out) {
  const settings it = accepted(with_section(
      "    match: {}\n"
      "    keepalive: {client: {interval: 20s, timeout: 20s}, upstream: {}}\n"
      "    on_failure: close\n"
      "    failure_code: 1014\n"
      "    failure_delay: 5s\n"
      "    on_client_lost: drop\n"
      "    fragmentation: split\n"
      "    allowed_origins: []\n"
      "    limits: {max_message: unlimited, max_lifetime: unlimited, write_timeout: 2m, close_timeout: 5s}\n"
      "limits: {connections: auto, connections_per_client: unlimited, closing: 1000, buffer_bytes: 256MiB,"
      " header_bytes: 32KiB, header_timeout: 10s}\n"
      "drain: {code: 1012, delay: 0s, spread: 10s, deadline: 25s}\n"
      "telemetry: {address: 127.0.0.1:10014, details: auto, app_codes: {}, max_codes: 64}\n"
      "log: {level: info, format: json, access: all}\n"
      "forwarded: {trusted: []}\n"
      "workers: auto\n"));
  EXPECT_EQ(it.routes.at(0).tunnel, protocol::tunnel_settings{});
  EXPECT_EQ(it.limits.connections, 10'000U);
  EXPECT_EQ(it.workers, 3U);
}

TEST(config_defaults, of_connections_follow_the_descriptor_limit) {
  EXPECT_EQ(automatic_connections(20'000), 9'872U);
  EXPECT_EQ(automatic_connections(1'024), 384U);
  EXPECT_EQ(automatic_connections(200'256), 100'000U);
  EXPECT_EQ(automatic_connections(1'048'576), 100'000U);
  EXPECT_EQ(automatic_connections(256), 1U);
  EXPECT_EQ(automatic_connections(0), 1U);
}

}  // namespace
}  // namespace lastframe::config
