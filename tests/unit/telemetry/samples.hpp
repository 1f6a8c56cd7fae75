// Catalogues and ended tunnels for tests.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "telemetry/catalogue.hpp"
#include "telemetry/tunnel_summary.hpp"

namespace lastframe::telemetry {

/// Two routes; the second closes failures with 1011 and tells upstream 1001 when a client is lost.
inline catalogue two_routes() {
  catalogue names;
  names.routes = {"chat", "feed"};
  names.endpoints = {{"127.0.0.1:3000", "127.0.0.1:3001"}, {"unix:/run/feed.sock"}};
  names.failure_codes = {1014, 1011};
  names.client_lost_codes = {0, 1001};
  names.app_codes = {{4001, "session_expired"}};
  names.max_codes = 2;
  return names;
}

/// 2026-11-21T12:00:00Z: the start of a window.
inline std::chrono::system_clock::time_point noon() {
  return std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{12};
}

/// A tunnel whose upstream closed it with `code`, answered by the client.
inline tunnel_summary closed_by_upstream(close_code code, std::string reason = {}, std::size_t route = 0) {
  tunnel_summary tunnel;
  tunnel.time = noon();
  tunnel.id = 7;
  tunnel.route = route;
  tunnel.client = "192.0.2.1:40000";
  tunnel.upstream = "127.0.0.1:3000";
  tunnel.host = "chat.example.com";
  tunnel.path = "/ws";
  tunnel.duration = std::chrono::milliseconds{12'345};
  tunnel.to_client = {3, 300};
  tunnel.to_upstream = {2, 20};
  tunnel.ending = {initiator::upstream, cause::close_frame, leg_ending{code, reason, true},
                   leg_ending{code, reason, true}};
  return tunnel;
}

/// A tunnel whose client was lost.
inline tunnel_summary lost_client(std::size_t route = 0) {
  tunnel_summary tunnel = closed_by_upstream(1006, {}, route);
  tunnel.ending = {initiator::client, cause::eof, leg_ending{1006, {}, false}, leg_ending{1006, {}, false}};
  return tunnel;
}

/// A client that got the proxy's own 101 and Close, since no upstream was reached.
inline tunnel_summary failed_upstream(std::size_t route = 0) {
  tunnel_summary tunnel = closed_by_upstream(1014, {}, route);
  tunnel.upstream.clear();
  tunnel.ending = {initiator::upstream, cause::connect_failed, leg_ending{1014, "connect failed", false},
                   std::nullopt};
  return tunnel;
}

}  // namespace lastframe::telemetry
