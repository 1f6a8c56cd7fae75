// The words that proxy and telemetry share: who ended a tunnel, from what cause, on which leg.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastframe::telemetry {

/// One of a tunnel's two transport connections; the label `leg`.
enum class leg : std::uint8_t { client, upstream };

/// Who ended a tunnel; the label `initiator`.
enum class initiator : std::uint8_t { client, upstream, proxy };

/// Which way a frame travels; the label `direction`.
enum class direction : std::uint8_t { to_client, to_upstream };

/// Why a tunnel ended; the label `cause`. The list is closed.
enum class cause : std::uint8_t {
  close_frame,
  eof,
  reset,
  ping_timeout,
  write_timeout,
  protocol_error,
  message_too_big,
  max_lifetime,
  drain,
  overload,
  connect_failed,
  connect_timeout,
  handshake_timeout,
  bad_response,
  tls,
  internal_error,
};

/// What became of an upgrade request; the label `result` of `lastframe_upgrades_total`.
enum class upgrade_result : std::uint8_t {
  accepted,  ///< upstream's 101 was relayed
  refused,   ///< upstream answered otherwise, below 500
  failed,    ///< an upstream failure
  overload,  ///< a limit of the proxy or of the machine
  rejected,  ///< its origin is not allowed
  invalid,   ///< not a valid upgrade request
  aborted,   ///< the client was gone before the 101
};

inline constexpr std::size_t cause_count = 16;
inline constexpr std::size_t upgrade_result_count = 7;

/// The label values, as Prometheus and the logs show them.
constexpr std::string_view to_string(leg value) {
  return value == leg::client ? "client" : "upstream";
}

constexpr std::string_view to_string(initiator value) {
  constexpr std::array<std::string_view, 3> names{"client", "upstream", "proxy"};
  return names[static_cast<std::size_t>(value)];
}

constexpr std::string_view to_string(direction value) {
  return value == direction::to_client ? "to_client" : "to_upstream";
}

constexpr std::string_view to_string(cause value) {
  constexpr std::array<std::string_view, cause_count> names{
      "close_frame",       "eof",          "reset", "ping_timeout",  "write_timeout",  "protocol_error",
      "message_too_big",   "max_lifetime", "drain", "overload",      "connect_failed", "connect_timeout",
      "handshake_timeout", "bad_response", "tls",   "internal_error"};
  return names[static_cast<std::size_t>(value)];
}

constexpr std::string_view to_string(upgrade_result value) {
  constexpr std::array<std::string_view, upgrade_result_count> names{
      "accepted", "refused", "failed", "overload", "rejected", "invalid", "aborted"};
  return names[static_cast<std::size_t>(value)];
}

}  // namespace lastframe::telemetry
