#include "proxy/protocol/scanner.hpp"

#include <array>
#include <cstddef>
#include <limits>

namespace lastframe::protocol {

namespace {

bool is_reserved(std::uint8_t code) noexcept {
  return (code > opcodes::binary && code < opcodes::close) || code > opcodes::pong;
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t sum = a + b;
  return sum < a ? std::numeric_limits<std::uint64_t>::max() : sum;
}

}  // namespace

std::string_view to_string(violation value) noexcept {
  constexpr std::array<std::string_view, 11> words{"none",
                                                   "masked frame",
                                                   "unmasked frame",
                                                   "reserved bit set",
                                                   "reserved opcode",
                                                   "control frame in fragments",
                                                   "control frame too long",
                                                   "length not minimal",
                                                   "continuation of no message",
                                                   "message inside a message",
                                                   "invalid close frame"};
  return words[static_cast<std::size_t>(value)];
}

violation scanner::judge(const frame_header& header) noexcept {
  const bool from_client = from_ == telemetry::leg::client;
  if (header.masked != from_client) return from_client ? violation::unmasked : violation::masked;
  if (is_reserved(header.opcode)) {
    return rules_.other_extension ? violation::none : violation::reserved_opcode;
  }
  return header.is_control() ? judge_control(header) : judge_data(header);
}

violation scanner::judge_control(const frame_header& header) const noexcept {
  if (!allows(header.rsv, false)) return violation::reserved_bit;
  if (!header.fin) return violation::fragmented_control;
  if (header.length > max_control_payload) return violation::long_control;
  return violation::none;
}

violation scanner::judge_data(const frame_header& header) noexcept {
  const bool first = header.opcode != opcodes::continuation;
  if (!allows(header.rsv, first)) return violation::reserved_bit;
  if (first && in_message_) return violation::unfinished_message;
  if (!first && !in_message_) return violation::unexpected_continuation;
  announced_ = saturating_add(first ? 0 : announced_, header.length);
  in_message_ = !header.fin;
  return violation::none;
}

}  // namespace lastframe::protocol
