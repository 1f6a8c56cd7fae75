#include "proxy/protocol/close.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/wire.hpp"

namespace lastframe::protocol {
namespace {

const_bytes as_bytes(const std::string& s) {
  return std::as_bytes(std::span(s));
}

TEST(close, reads_a_payload_with_every_code_that_may_be_on_a_wire_and_refuses_all_others) {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const bool legal =
        (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    payload += "why";
    const auto status = parse_close(as_bytes(payload));
    ASSERT_EQ(status.has_value(), legal) << code;
    ASSERT_EQ(may_be_sent(static_cast<close_code>(code)), legal) << code;
    if (!legal) continue;
    ASSERT_EQ(status->code, code);
    ASSERT_EQ(status->reason, "why");
    ASSERT_FALSE(status->from_upstream);
  }
}

TEST(close, takes_an_empty_payload_for_1005_and_refuses_a_single_byte) {
  ASSERT_TRUE(parse_close({}).has_value());
  EXPECT_EQ(parse_close({})->code, 1005);
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_FALSE(parse_close(as_bytes(std::string(1, static_cast<char>(byte)))).has_value());
  }
}

TEST(close, reads_the_longest_reason) {
  const std::string reason(max_close_reason, 'r');
  EXPECT_EQ(parse_close(as_bytes(support::close_payload(1000, reason)))->reason, reason);
}

TEST(close, accepts_well_formed_utf8_at_its_edges) {
  for (const char* text :
       {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "gr\xC3\xBC\xC3\x9F"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_TRUE(parse_close(as_bytes(support::close_payload(1000, text))).has_value());
  }
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(close, refuses_ill_formed_utf8) {
  const char* const texts[] = {"\x80",              // a continuation alone
                               "\xBF",              //
                               "\xC0\x80",          // overlong
                               "\xC1\xBF",          //
                               "\xE0\x9F\xBF",      //
                               "\xF0\x8F\xBF\xBF",  //
                               "\xED\xA0\x80",      // surrogates
                               "\xED\xBF\xBF",      //
                               "\xF4\x90\x80\x80",  // above U+10FFFF
                               "\xF5\x80\x80\x80",  //
                               "\xFE",              //
                               "\xFF",              //
                               "\xC3",              // cut short
                               "\xE2\x82",          //
                               "\xF0\x9F\x98",      //
                               "\xE2\x28\xA1",      // a byte that does not continue
                               "\xF0\x9F\x28\x80",  //
                               "good \xC3"};
  for (const char* text : texts) {
    EXPECT_FALSE(is_utf8(text)) << text;
    EXPECT_FALSE(parse_close(as_bytes(support::close_payload(1000, text))).has_value());
  }
}

std::string made(const close_status& status) {
  const control_frame frame = make_close(status, std::nullopt);
  return {reinterpret_cast<const char*>(frame.bytes().data()), frame.bytes().size()};
}

TEST(close, makes_a_frame_with_code_and_reason_and_an_empty_one_for_1005) {
  EXPECT_EQ(made({.code = 1012, .reason = "draining"}), support::unmasked_close(1012, "draining"));
  EXPECT_EQ(made({.code = 1005, .reason = ""}), support::unmasked(8, ""));
}

TEST(close, masks_a_frame_with_the_given_key) {
  const masking_key key{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};
  const control_frame frame = make_close({.code = 1001, .reason = "bye"}, key);
  const std::string bytes(reinterpret_cast<const char*>(frame.bytes().data()), frame.bytes().size());
  EXPECT_EQ(bytes, support::masked_close(1001, "bye"));
}

TEST(close, cuts_a_long_reason_between_characters) {
  for (std::size_t before = 118; before <= 124; ++before) {
    for (const char* const character : {"x", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
      const std::string reason = std::string(before, 'x') + character + std::string(20, 'y');
      const std::string payload = support::decode(made({.code = 1000, .reason = reason})).at(0).payload;
      EXPECT_LE(payload.size(), max_control_payload);
      EXPECT_GE(payload.size(), max_control_payload - 3);
      EXPECT_TRUE(is_utf8(payload.substr(2)));
      EXPECT_EQ(reason.substr(0, payload.size() - 2), payload.substr(2));
    }
  }
}

}  // namespace
}  // namespace lastframe::protocol
