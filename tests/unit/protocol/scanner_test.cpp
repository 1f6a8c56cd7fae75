#include "proxy/protocol/scanner.hpp"

#include <gtest/gtest.h>

namespace lastframe::protocol {
namespace {

using telemetry::leg;

frame_header from_upstream(unsigned opcode, bool fin = true, unsigned rsv = 0, std::uint64_t length = 5) {
  return {.length = length,
          .opcode = static_cast<std::uint8_t>(opcode),
          .rsv = static_cast<std::uint8_t>(rsv),
          .fin = fin};
}

TEST(scanner, wants_frames_masked_from_clients_and_not_from_upstreams) {
  for (const unsigned opcode : {1U, 2U, 8U, 9U, 10U}) {
    frame_header header = from_upstream(opcode);
    EXPECT_EQ(scanner(leg::upstream, {}).judge(header), violation::none);
    EXPECT_EQ(scanner(leg::client, {}).judge(header), violation::unmasked);
    header.masked = true;
    EXPECT_EQ(scanner(leg::upstream, {}).judge(header), violation::masked);
    EXPECT_EQ(scanner(leg::client, {}).judge(header), violation::none);
  }
}

TEST(scanner, refuses_reserved_opcodes_unless_an_unknown_extension_was_agreed) {
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    EXPECT_EQ(scanner(leg::upstream, {}).judge(from_upstream(opcode)), violation::reserved_opcode);
    EXPECT_EQ(scanner(leg::upstream, {.deflate = true}).judge(from_upstream(opcode)),
              violation::reserved_opcode);
    EXPECT_EQ(scanner(leg::upstream, {.other_extension = true}).judge(from_upstream(opcode, false, 7, 9'999)),
              violation::none);
  }
}

TEST(scanner, refuses_reserved_bits_without_extensions) {
  for (unsigned rsv = 1; rsv < 8; ++rsv) {
    for (const unsigned opcode : {1U, 2U, 8U, 9U, 10U}) {
      EXPECT_EQ(scanner(leg::upstream, {}).judge(from_upstream(opcode, true, rsv)), violation::reserved_bit);
      EXPECT_EQ(scanner(leg::upstream, {.other_extension = true}).judge(from_upstream(opcode, true, rsv)),
                violation::none);
    }
  }
}

TEST(scanner, allows_rsv1_with_deflate_on_a_messages_first_frame_only) {
  for (unsigned rsv = 1; rsv < 8; ++rsv) {
    scanner first(leg::upstream, {.deflate = true});
    EXPECT_EQ(first.judge(from_upstream(2, false, rsv)),
              rsv == 4 ? violation::none : violation::reserved_bit);
    scanner later(leg::upstream, {.deflate = true});
    EXPECT_EQ(later.judge(from_upstream(1, false, 4)), violation::none);
    EXPECT_EQ(later.judge(from_upstream(0, true, rsv)), violation::reserved_bit);
    scanner control(leg::upstream, {.deflate = true});
    EXPECT_EQ(control.judge(from_upstream(9, true, rsv)), violation::reserved_bit);
  }
}

TEST(scanner, refuses_control_frames_in_fragments_or_over_125_bytes_whatever_was_agreed) {
  for (const unsigned opcode : {8U, 9U, 10U}) {
    for (const bool extension : {false, true}) {
      scanner s(leg::upstream, {.other_extension = extension});
      EXPECT_EQ(s.judge(from_upstream(opcode, true, 0, 125)), violation::none);
      EXPECT_EQ(s.judge(from_upstream(opcode, true, 0, 126)), violation::long_control);
      EXPECT_EQ(s.judge(from_upstream(opcode, false)), violation::fragmented_control);
    }
  }
}

TEST(scanner, follows_messages_and_lets_control_frames_between_their_fragments) {
  scanner s(leg::upstream, {});
  EXPECT_EQ(s.judge(from_upstream(0)), violation::unexpected_continuation);
  EXPECT_EQ(s.judge(from_upstream(1, false, 0, 10)), violation::none);
  EXPECT_TRUE(s.in_message());
  EXPECT_EQ(s.judge(from_upstream(9)), violation::none);
  EXPECT_EQ(s.judge(from_upstream(0, false, 0, 20)), violation::none);
  EXPECT_EQ(s.announced(), 30U);
  EXPECT_EQ(s.judge(from_upstream(2)), violation::unfinished_message);
  EXPECT_EQ(s.judge(from_upstream(0, true, 0, 5)), violation::none);
  EXPECT_EQ(s.announced(), 35U);
  EXPECT_FALSE(s.in_message());
  EXPECT_EQ(s.judge(from_upstream(0)), violation::unexpected_continuation);
  EXPECT_EQ(s.judge(from_upstream(2, true, 0, 7)), violation::none);
  EXPECT_EQ(s.announced(), 7U);
}

TEST(scanner, does_not_wrap_when_announced_lengths_add_up_past_64_bits) {
  scanner s(leg::upstream, {});
  EXPECT_EQ(s.judge(from_upstream(2, false, 0, (std::uint64_t{1} << 63) - 1)), violation::none);
  EXPECT_EQ(s.judge(from_upstream(0, false, 0, (std::uint64_t{1} << 63) - 1)), violation::none);
  EXPECT_EQ(s.judge(from_upstream(0, false, 0, 100)), violation::none);
  EXPECT_EQ(s.announced(), UINT64_MAX);
}

TEST(scanner, has_words_for_every_violation) {
  for (int value = 0; value <= static_cast<int>(violation::bad_close); ++value) {
    const std::string_view words = to_string(static_cast<violation>(value));
    EXPECT_FALSE(words.empty());
    EXPECT_LT(words.size(), 60U);
  }
  EXPECT_EQ(to_string(violation::bad_close), "invalid close frame");
}

}  // namespace
}  // namespace lastframe::protocol
