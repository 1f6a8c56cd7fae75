#include "telemetry/tunnel_line.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using nlohmann::json;

TEST(tunnel_line, holds_all_that_is_known_of_a_tunnel) {
  tunnel_summary tunnel = closed_by_upstream(4001, "bye");
  tunnel.subprotocol = "graphql-ws";
  tunnel.client_rtt = std::chrono::microseconds{1'250};
  EXPECT_EQ(json::parse(tunnel_line(tunnel, two_routes(), log_format::json)), json::parse(R"({
    "time": "2026-11-21T12:00:00.000Z", "tunnel": 7, "route": "chat",
    "client": "192.0.2.1:40000", "upstream": "127.0.0.1:3000",
    "host": "chat.example.com", "path": "/ws", "subprotocol": "graphql-ws", "duration_seconds": 12.345,
    "messages_to_client": 3, "bytes_to_client": 300, "messages_to_upstream": 2, "bytes_to_upstream": 20,
    "client_code": 4001, "client_reason": "bye", "upstream_code": 4001, "upstream_reason": "bye",
    "initiator": "upstream", "cause": "close_frame",
    "client_rtt_seconds": 0.00125, "upstream_rtt_seconds": null})"));
}

TEST(tunnel_line, has_null_for_a_leg_that_never_opened) {
  const json line = json::parse(tunnel_line(failed_upstream(), two_routes(), log_format::json));
  EXPECT_EQ(line.at("client_code"), 1014);
  EXPECT_TRUE(line.at("upstream_code").is_null());
  EXPECT_TRUE(line.at("upstream_reason").is_null());
}

TEST(tunnel_line, names_an_unknown_route_none) {
  const json line = json::parse(tunnel_line(closed_by_upstream(1000, {}, 9), two_routes(), log_format::json));
  EXPECT_EQ(line.at("route"), "none");
}

/// A tunnel in which everything that a peer may choose is meant to do harm.
tunnel_summary hostile() {
  tunnel_summary tunnel = closed_by_upstream(1000, "\"}\n{\"initiator\":\"proxy\"\x1b[31m\xFF");
  tunnel.host = "a\r\nb=\"c\" cause=drain";
  tunnel.path = "/" + std::string(20'000, '\x01') + "\xE2\x80\xA8";
  tunnel.subprotocol = std::string(5'000, '\xC3');
  return tunnel;
}

TEST(tunnel_line, is_one_valid_object_of_bounded_length_whatever_a_peer_sends) {
  const std::string text = tunnel_line(hostile(), two_routes(), log_format::json);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_LT(text.size(), 8'192U);
  const json line = json::parse(text);
  EXPECT_EQ(line.size(), 21U);
  EXPECT_EQ(line.at("initiator"), "upstream");
  EXPECT_EQ(line.at("host"), "a\r\nb=\"c\" cause=drain");
}

TEST(tunnel_line, as_text_keeps_a_peer_s_text_within_its_quotes) {
  const std::string text = tunnel_line(hostile(), two_routes(), log_format::text);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find(R"( host="a\r\nb=\"c\" cause=drain" path=)"), std::string::npos);
  EXPECT_NE(text.find(" initiator=upstream cause=close_frame "), std::string::npos);
}

}  // namespace
}  // namespace lastframe::telemetry
