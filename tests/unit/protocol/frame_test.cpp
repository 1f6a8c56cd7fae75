#include "proxy/protocol/frame.hpp"

#include <array>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/wire.hpp"

namespace lastframe::protocol {
namespace {

const_bytes as_bytes(const std::string& s) {
  return std::as_bytes(std::span(s));
}

std::string encoded(const frame_header& header) {
  std::array<std::byte, max_header_size> out{};
  const std::size_t size = encode_header(header, out.data());
  return {reinterpret_cast<const char*>(out.data()), size};
}

TEST(frame, encodes_and_decodes_every_length_at_its_edges) {
  for (const std::uint64_t length :
       {0ULL, 1ULL, 125ULL, 126ULL, 127ULL, 65'535ULL, 65'536ULL, 1ULL << 32, (1ULL << 63) - 1}) {
    for (const bool masked : {false, true}) {
      frame_header header{.length = length, .opcode = 2, .rsv = 5, .fin = false, .masked = masked};
      if (masked) header.mask = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
      const std::string bytes = encoded(header);
      EXPECT_EQ(bytes.size(), header.size());
      EXPECT_EQ(header_size_of(as_bytes(bytes)), bytes.size());
      frame_header read;
      EXPECT_EQ(decode_header(as_bytes(bytes), read), decode_status::complete) << length;
      EXPECT_EQ(read, header);
      for (std::size_t part = 0; part < bytes.size(); ++part) {
        EXPECT_EQ(decode_header(as_bytes(bytes).first(part), read), decode_status::incomplete);
      }
    }
  }
}

TEST(frame, agrees_with_a_codec_of_the_tests_own_on_every_first_byte) {
  for (unsigned first = 0; first < 256; ++first) {
    const support::wire_frame wire{.fin = (first & 0x80) != 0,
                                   .rsv = (first >> 4) & 7,
                                   .opcode = first & 15,
                                   .mask = 0xA1B2C3D4,
                                   .payload = std::string(300, 'x')};
    frame_header header;
    ASSERT_EQ(decode_header(as_bytes(support::encode(wire)), header), decode_status::complete);
    EXPECT_EQ(header.fin, wire.fin);
    EXPECT_EQ(header.rsv, wire.rsv);
    EXPECT_EQ(header.opcode, wire.opcode);
    EXPECT_EQ(header.length, 300U);
    EXPECT_EQ(header.is_control(), wire.opcode >= 8);
    EXPECT_EQ(header.is_data(), wire.opcode <= 2);
    EXPECT_EQ(encoded(header), support::encode(wire).substr(0, 8));
  }
}

TEST(frame, refuses_a_length_that_is_not_minimal_or_has_its_highest_bit_set) {
  for (const std::string& bytes :
       {std::string("\x82\x7E\x00\x7D", 4), std::string("\x82\x7E\x00\x00", 4),
        std::string("\x82\x7F\x00\x00\x00\x00\x00\x00\xFF\xFF", 10),
        std::string("\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00", 10),
        std::string("\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x02\x03\x04", 14)}) {
    frame_header header;
    EXPECT_EQ(decode_header(as_bytes(bytes), header), decode_status::non_minimal_length);
  }
}

TEST(frame, rotates_a_key_so_that_the_rest_of_a_payload_keeps_its_bytes) {
  const masking_key key{std::byte{0x11}, std::byte{0x22}, std::byte{0x33}, std::byte{0x44}};
  for (std::size_t offset = 0; offset < 12; ++offset) {
    std::array<std::byte, 32> at_once{};
    std::array<std::byte, 32> in_parts{};
    apply_mask(at_once, key);
    apply_mask(mutable_bytes(in_parts).first(offset), key);
    apply_mask(mutable_bytes(in_parts).subspan(offset), rotate(key, offset));
    EXPECT_EQ(at_once, in_parts) << offset;
    std::array<std::byte, 32> by_offset{};
    apply_mask(mutable_bytes(by_offset).first(offset), key);
    apply_mask(mutable_bytes(by_offset).subspan(offset), key, offset);
    EXPECT_EQ(at_once, by_offset) << offset;
  }
  EXPECT_EQ(rotate(key, (std::uint64_t{1} << 40) + 2), rotate(key, 2));
}

TEST(frame, makes_control_frames_of_every_size_masked_and_not) {
  for (std::size_t size = 0; size <= max_control_payload; ++size) {
    const std::string payload(size, 'p');
    for (const bool masked : {false, true}) {
      const masking_key key{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};
      const control_frame frame(opcodes::ping, as_bytes(payload), masked ? std::optional(key) : std::nullopt);
      const std::string bytes(reinterpret_cast<const char*>(frame.bytes().data()), frame.bytes().size());
      EXPECT_EQ(bytes, masked ? support::masked(9, payload) : support::unmasked(9, payload));
    }
  }
}

}  // namespace
}  // namespace lastframe::protocol
