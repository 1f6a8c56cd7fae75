#include "proxy/protocol/close.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lastframe::protocol {

namespace {

/// The length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), or 0.
std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = utf8_sequence(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::optional<close_status> parse_close(const_bytes payload) {
  close_status status;
  if (payload.empty()) return status;
  if (payload.size() == 1) return std::nullopt;
  status.code = static_cast<close_code>(std::to_integer<unsigned>(payload[0]) << 8 |
                                        std::to_integer<unsigned>(payload[1]));
  std::ranges::transform(payload.subspan(2), std::back_inserter(status.reason),
                         [](std::byte b) { return static_cast<char>(b); });
  if (!may_be_sent(status.code) || !is_utf8(status.reason)) return std::nullopt;
  return status;
}

control_frame make_close(const close_status& status, const std::optional<masking_key>& key) {
  if (status.code == 1005) return {opcodes::close, {}, key};
  std::size_t size = std::min(status.reason.size(), max_close_reason);
  while (size > 0 && size < status.reason.size() &&
         (static_cast<std::uint8_t>(status.reason[size]) & 0xC0) == 0x80) {
    --size;
  }
  std::array<std::byte, max_control_payload> payload;
  payload[0] = static_cast<std::byte>(status.code >> 8);
  payload[1] = static_cast<std::byte>(status.code & 0xFF);
  std::ranges::copy(std::as_bytes(std::span(status.reason).first(size)), payload.begin() + 2);
  return {opcodes::close, const_bytes(payload).first(2 + size), key};
}

}  // namespace lastframe::protocol
