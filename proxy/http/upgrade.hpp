// Judging upgrade requests and upstream's answers to them (DESIGN §3, RFC 6455 §4).
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/http/head.hpp"

namespace lastframe::http {

/// A valid upgrade request, as far as the proxy must know it. Views into the text of its head.
struct upgrade_offer {
  std::string host;       ///< the Host field, lower case, without port and trailing dot; IPv6 in brackets
  std::string_view path;  ///< the target without its query
  std::string_view key;   ///< Sec-WebSocket-Key
  std::vector<std::string_view> subprotocols;  ///< offered, in order
  std::vector<std::string_view> extensions;    ///< names offered, without parameters
};

/// Why a request is not relayed, and the answer it gets (`plain_answer`): 400, or 426 for a wrong version or
/// no upgrade to WebSocket at all.
struct refusal {
  unsigned status = 400;
  std::string_view why;  ///< one sentence for the answer's body; static storage
};

/// Whether `head` is a valid upgrade request (RFC 6455 §4.2.1): GET, HTTP/1.1, Upgrade: websocket,
/// Connection: upgrade, one key of 16 bytes, version 13, a Host, no body. An absolute target must name the
/// same host as Host.
[[nodiscard]] std::variant<upgrade_offer, refusal> judge_upgrade(const request_head& head);

/// What a checked 101 agreed on.
struct agreement {
  std::string subprotocol;       ///< empty: none
  bool deflate = false;          ///< permessage-deflate was agreed
  bool other_extension = false;  ///< one that the proxy does not know was agreed
};

/// Checks upstream's 101 against the offer (RFC 6455 §4.1): Upgrade, Connection, Sec-WebSocket-Accept, at
/// most one subprotocol, and extensions, all of which must have been offered. Else
/// `errc::bad_upgrade_answer`.
[[nodiscard]] result<agreement> check_upgrade_answer(const upgrade_offer& offer, const response_head& head);

/// Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2).
[[nodiscard]] std::string accept_value(std::string_view key);

}  // namespace lastframe::http
