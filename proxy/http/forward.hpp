// The heads that the proxy writes: requests towards upstream, answers towards the client.
#pragma once

#include <string>
#include <string_view>

#include "proxy/http/head.hpp"
#include "proxy/http/upgrade.hpp"

namespace lastframe::http {

/// Who the client is, for X-Forwarded-For, -Proto, -Host.
struct forwarding {
  std::string_view client_address;  ///< without the port
  std::string_view proto = "http";
  std::string_view upstream_host;  ///< replaces Host; empty: the client's Host is preserved
};

/// The upgrade request for upstream: hop-by-hop fields dropped but Upgrade and Connection, X-Forwarded-* replaced,
/// everything else (all Sec-WebSocket-* above all) unaltered and in order.
[[nodiscard]] std::string forward_upgrade(const request_head& head, const forwarding& how);

/// Upstream's checked 101 for the client; Sec-WebSocket-* unaltered.
[[nodiscard]] std::string forward_answer(const response_head& head);

/// A refused upgrade's final answer for the client: the head unaltered but for `Connection: close`, since the
/// connection closes behind its body.
[[nodiscard]] std::string forward_refusal(const response_head& head);

/// The proxy's own 101: echoes the first subprotocol offered, no extensions (DESIGN §3).
[[nodiscard]] std::string own_answer(const upgrade_offer& offer);

/// A complete short answer of the proxy's own with `Connection: close`; 426 carries Sec-WebSocket-Version and Upgrade.
[[nodiscard]] std::string plain_answer(unsigned status, std::string_view why);

/// How many body bytes follow a response head.
struct body_length {
  enum class kind { none, sized, chunked, until_eof } how = kind::none;
  std::uint64_t size = 0;
};
[[nodiscard]] body_length response_body(const response_head& head);

}  // namespace lastframe::http
