// Judges one peer's frame headers, in order: framing rules, message state, message size (RFC 6455 §5, RFC
// 7692 §6).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/protocol/frame.hpp"
#include "telemetry/vocabulary.hpp"

namespace lastframe::protocol {

/// How a peer broke the protocol. `none`: it did not.
enum class violation : std::uint8_t {
  none,
  masked,
  unmasked,
  reserved_bit,
  reserved_opcode,
  fragmented_control,
  long_control,
  length_not_minimal,
  unexpected_continuation,
  unfinished_message,
  bad_close,
};

/// A few words for a Close frame's reason and a log; static storage.
[[nodiscard]] std::string_view to_string(violation value) noexcept;

/// What upgrade and configuration agreed on for a tunnel.
struct framing {
  bool deflate = false;          ///< permessage-deflate was agreed: RSV1 is legal on a message's first frame
  bool other_extension = false;  ///< one the proxy does not know: RSV bits and reserved opcodes pass unjudged
  bool split = true;             ///< large frames may be split (R3)
};

/// The state of one direction's messages. Feed it each header once, in order.
class scanner {
 public:
  scanner(telemetry::leg from, const framing& rules) noexcept : rules_(rules), from_(from) {}

  /// Judges the next header and follows the message it belongs to.
  [[nodiscard]] violation judge(const frame_header& header) noexcept;

  /// Whether `judge` would pass the next header as a message of one frame. Such a one need not be fed.
  [[nodiscard]] bool is_message(const frame_header& header) const noexcept {
    return header.fin && header.is_data() && header.opcode != opcodes::continuation && !in_message_ &&
           header.masked == (from_ == telemetry::leg::client) && allows(header.rsv, true);
  }

  /// Whether a message has begun and its FIN frame has not been judged yet.
  [[nodiscard]] bool in_message() const noexcept { return in_message_; }
  /// The payload bytes that the headers of the current message have announced so far.
  [[nodiscard]] std::uint64_t announced() const noexcept { return announced_; }

 private:
  // `first`: of a message's first frame.
  [[nodiscard]] bool allows(std::uint8_t rsv, bool first) const noexcept {
    constexpr std::uint8_t rsv1 = 4;
    const std::uint8_t allowed = rules_.deflate && first ? rsv1 : 0;
    return (rsv & ~allowed) == 0 || rules_.other_extension;
  }
  [[nodiscard]] violation judge_control(const frame_header& header) const noexcept;
  [[nodiscard]] violation judge_data(const frame_header& header) noexcept;

  std::uint64_t announced_ = 0;
  framing rules_;
  telemetry::leg from_;
  bool in_message_ = false;
};

}  // namespace lastframe::protocol
