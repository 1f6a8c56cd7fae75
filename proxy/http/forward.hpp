// The heads that the proxy writes: requests towards upstream, answers towards the client.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/http/head.hpp"
#include "proxy/http/upgrade.hpp"

namespace lastframe::http {

/// Who the client is, for X-Forwarded-For, -Proto, -Host.
struct forwarding {
  std::string_view
      client_address;  ///< an IP literal without port or brackets; empty: not known (unix socket)
  std::string_view proto = "http";
  std::string_view upstream_host;  ///< replaces Host; empty: the client's Host is preserved
};

/// The upgrade request for upstream, `head` judged valid by `judge_upgrade`: hop-by-hop fields (RFC 9110
/// §7.6.1) and those that Connection names are dropped but for Upgrade and Connection themselves,
/// X-Forwarded-* and Forwarded are replaced, everything else (all Sec-WebSocket-* above all) goes on
/// unaltered and in order. The target goes on in its origin form.
[[nodiscard]] std::string forward_upgrade(const request_head& head, const forwarding& how);

/// Upstream's checked 101 for the client; hop-by-hop fields dropped but for Upgrade and Connection,
/// everything else (all Sec-WebSocket-* above all) unaltered and in order.
[[nodiscard]] std::string forward_answer(const response_head& head);

/// A refused upgrade's final answer for the client: the head unaltered but for `Connection: close`, since the
/// connection closes behind its body. Framing stays, so the body can be relayed byte for byte (body.hpp).
[[nodiscard]] std::string forward_refusal(const response_head& head);

/// The proxy's own 101: echoes the first subprotocol offered, no extensions (DESIGN §3).
[[nodiscard]] std::string own_answer(const upgrade_offer& offer);

/// A complete short answer of the proxy's own with `Connection: close`; `why` and a line feed are its body.
/// 426 carries Sec-WebSocket-Version and Upgrade.
[[nodiscard]] std::string plain_answer(unsigned status, std::string_view why);

/// How many body bytes follow a response head that answers a GET (RFC 9112 §6.3). body.hpp follows such a
/// body.
struct body_length {
  enum class kind { none, sized, chunked, until_eof } how = kind::none;
  std::uint64_t size = 0;
};
[[nodiscard]] body_length response_body(const response_head& head);

}  // namespace lastframe::http
