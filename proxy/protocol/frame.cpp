#include "proxy/protocol/frame.hpp"

#include <algorithm>
#include <cstring>

namespace lastframe::protocol {

namespace {

std::uint8_t to_u8(std::byte value) noexcept {
  return std::to_integer<std::uint8_t>(value);
}

std::size_t length_field_size(std::byte second) noexcept {
  const auto length = to_u8(second) & 0x7F;
  return length == 127 ? 8 : length == 126 ? 2 : 0;
}

}  // namespace

std::size_t header_size_of(const_bytes bytes) noexcept {
  if (bytes.size() < 2) return 2;
  return 2 + length_field_size(bytes[1]) + ((to_u8(bytes[1]) & 0x80) != 0 ? 4 : 0);
}

decode_status decode_header(const_bytes bytes, frame_header& out) noexcept {
  const std::size_t size = header_size_of(bytes);
  if (bytes.size() < size) return decode_status::incomplete;
  const std::byte* at = bytes.data();
  const auto first = to_u8(*at++);
  const auto second = to_u8(*at++);
  out.fin = (first & 0x80) != 0;
  out.rsv = static_cast<std::uint8_t>((first >> 4) & 0x7);
  out.opcode = first & 0xF;
  out.masked = (second & 0x80) != 0;
  const unsigned length = second & 0x7F;
  out.length = length;
  if (length > max_control_payload) {
    out.length = 0;
    for (const std::byte* end = at + (length == 127 ? 8 : 2); at != end; ++at)
      out.length = out.length << 8 | to_u8(*at);
  }
  if (out.masked) std::memcpy(out.mask.data(), at, out.mask.size());
  const bool minimal = out.size() == size && (out.length >> 63) == 0;
  return minimal ? decode_status::complete : decode_status::non_minimal_length;
}

std::size_t encode_header(const frame_header& header, std::byte* out) noexcept {
  const std::size_t extended = header.length > 0xFFFF ? 8 : header.length > max_control_payload ? 2 : 0;
  const auto short_length = extended == 8 ? 127 : extended == 2 ? 126 : static_cast<int>(header.length);
  out[0] = static_cast<std::byte>((header.fin ? 0x80 : 0) | header.rsv << 4 | header.opcode);
  out[1] = static_cast<std::byte>((header.masked ? 0x80 : 0) | short_length);
  for (std::size_t i = 0; i < extended; ++i) {
    out[2 + i] = static_cast<std::byte>(header.length >> (8 * (extended - 1 - i)));
  }
  if (header.masked) std::ranges::copy(header.mask, out + 2 + extended);
  return header.size();
}

void apply_mask(mutable_bytes payload, const masking_key& key, std::size_t offset) noexcept {
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= key[(offset + i) % key.size()];
}

masking_key rotate(const masking_key& key, std::uint64_t offset) noexcept {
  masking_key rotated = key;
  std::ranges::rotate(rotated, rotated.begin() + static_cast<std::ptrdiff_t>(offset % key.size()));
  return rotated;
}

control_frame::control_frame(std::uint8_t opcode, const_bytes payload,
                             const std::optional<masking_key>& key) noexcept {
  const frame_header header{.length = payload.size(),
                            .opcode = opcode,
                            .masked = key.has_value(),
                            .mask = key.value_or(masking_key{})};
  const std::size_t start = encode_header(header, data_.data());
  std::ranges::copy(payload, data_.begin() + static_cast<std::ptrdiff_t>(start));
  size_ = start + payload.size();
  if (key) apply_mask({data_.data() + start, payload.size()}, *key);
}

}  // namespace lastframe::protocol
