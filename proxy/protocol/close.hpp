// Close frames: what their payload says, and what may stand in it (RFC 6455 §5.5.1, §7.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/protocol/frame.hpp"
#include "telemetry/close_record.hpp"

namespace lastframe::protocol {

using telemetry::close_code;

inline constexpr std::size_t max_close_reason = max_control_payload - 2;

/// What a Close frame says. `code` is 1005 if it carries none.
struct close_status {
  close_code code = 1005;
  std::string reason;
  bool from_upstream = false;  ///< upstream chose the code

  bool operator==(const close_status&) const = default;
};

/// Whether a peer or the proxy may put `code` into a Close frame: 1000–1003, 1007–1014, 3000–4999.
[[nodiscard]] constexpr bool may_be_sent(close_code code) noexcept {
  return (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || (code >= 3000 && code <= 4999);
}

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Reads an unmasked Close payload of at most 125 bytes. None: one byte long, a code that may not be sent, or
/// a reason that is not UTF-8.
[[nodiscard]] std::optional<close_status> parse_close(const_bytes payload);

/// The Close frame for `status`; 1005 gives an empty one. A reason over 123 bytes is cut between characters.
[[nodiscard]] control_frame make_close(const close_status& status, const std::optional<masking_key>& key);

}  // namespace lastframe::protocol
