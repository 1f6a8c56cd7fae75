#include "tests/support/reference/frame.hpp"

#include <cstring>

namespace lastframe::reference {

namespace {

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void put(std::string& out, std::uint64_t value, unsigned size) {
  while (size-- > 0) out += static_cast<char>(value >> (8 * size));
}

}  // namespace

bool read_head(std::string_view bytes, frame_head& out) noexcept {
  if (bytes.size() < 2) return false;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  const unsigned seven = second & 0x7FU;
  const std::size_t extended = seven == 127 ? 8 : seven == 126 ? 2 : 0;
  const bool masked = second >= 0x80;
  const std::size_t size = 2 + extended + (masked ? 4 : 0);
  if (bytes.size() < size) return false;
  out.size = static_cast<std::uint8_t>(size);
  out.fin = first >= 0x80;
  out.rsv = (first >> 4) & 7U;
  out.opcode = first & 15U;
  out.masked = masked;
  out.length = extended == 0 ? seven : big_endian(bytes.substr(2, extended));
  out.minimal =
      extended == 0 || (extended == 2 ? out.length > 125 : out.length > 65535 && out.length >> 63 == 0);
  out.key = masked ? static_cast<std::uint32_t>(big_endian(bytes.substr(2 + extended, 4))) : 0;
  return true;
}

std::size_t write_head(std::string& out, const frame_head& head, length_form form) {
  const std::size_t begin = out.size();
  out += static_cast<char>((head.fin ? 0x80U : 0U) | static_cast<unsigned>(head.rsv << 4) | head.opcode);
  const unsigned bit = head.masked ? 0x80U : 0U;
  if (form == length_form::eight_bytes || head.length > 65535) {
    put(out, bit | 127U, 1);
    put(out, head.length, 8);
  } else if (form == length_form::two_bytes || head.length > 125) {
    put(out, bit | 126U, 1);
    put(out, head.length, 2);
  } else {
    put(out, bit | head.length, 1);
  }
  if (head.masked) put(out, head.key, 4);
  return out.size() - begin;
}

void write_payload(std::string& out, const frame_head& head, std::string_view payload) {
  const std::size_t begin = out.size();
  out += payload;
  if (head.masked) mask(out.data() + begin, payload.size(), head.key, 0);
}

void mask(char* bytes, std::size_t size, std::uint32_t key, std::uint64_t offset) noexcept {
  const std::uint32_t turned = key_from(key, offset);
  const char one[4] = {static_cast<char>(turned >> 24), static_cast<char>(turned >> 16),
                       static_cast<char>(turned >> 8), static_cast<char>(turned)};
  std::uint64_t eight = 0;
  for (int i = 0; i < 2; ++i) std::memcpy(reinterpret_cast<char*>(&eight) + 4 * i, one, 4);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, 8);
    word ^= eight;
    std::memcpy(bytes + i, &word, 8);
  }
  for (; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ one[i % 4]);
}

}  // namespace lastframe::reference
