// What a relay yields: whole frames, pieces, raw parts, and nothing of what is discarded.
#include "proxy/protocol/relay.hpp"

#include <gtest/gtest.h>

#include "tests/unit/protocol/relay_driver.hpp"

namespace lastframe::protocol {
namespace {

using namespace support;
constexpr auto client = telemetry::leg::client;
constexpr auto upstream = telemetry::leg::upstream;

TEST(relay, forwards_frames_up_to_hold_bit_for_bit_without_copying) {
  const std::string sent = unmasked(2, std::string(hold, 'x')) + unmasked(1, "") + unmasked(9, "ping");
  relay_driver r(upstream);
  r.feed(sent);
  EXPECT_TRUE(r.out() == sent);
  EXPECT_EQ(r.kinds(), (std::vector{unit_kind::data, unit_kind::control})) << "both messages are one unit";
  EXPECT_EQ(r.budget().held(), 0U);
}

TEST(relay, holds_a_frame_of_hold_until_its_last_byte) {
  const std::string sent = masked(2, std::string(hold, 'x'));
  relay_driver r(client);
  for (const char byte : sent.substr(0, sent.size() - 1)) r.feed({&byte, 1});
  EXPECT_TRUE(r.out().empty());
  r.feed(sent.substr(sent.size() - 1));
  EXPECT_TRUE(r.out() == sent);
  EXPECT_EQ(r.budget().held(), 0U);
}

TEST(relay, splits_a_larger_frame_into_fragments_with_rotated_keys) {
  std::string payload(50'001, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 7);
  const wire_frame sent{.rsv = 4, .opcode = 1, .mask = 0x01020304, .payload = payload};
  const std::string bytes = encode(sent);
  relay_driver r(client, {.deflate = true});
  for (std::size_t i = 0; i < bytes.size(); i += 1'001) r.feed(std::string_view(bytes).substr(i, 1'001));
  const auto frames = decode(r.out());
  ASSERT_EQ(frames.size(), 3U);  // each with all that was read when it was large enough
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].opcode, i == 0 ? 1U : 0U);
    EXPECT_EQ(frames[i].rsv, i == 0 ? 4U : 0U);
    EXPECT_EQ(frames[i].fin, i == 2);
    EXPECT_TRUE(frames[i].mask.has_value());
  }
  EXPECT_TRUE(reassemble(frames) == (std::vector<wire_message>{{1, 4, payload}}));
}

TEST(relay, holds_only_what_came_before_the_rest_of_a_frame) {
  const std::string bytes = masked(2, std::string(16'000, 'x'));
  relay_driver r(client);
  r.feed(bytes.substr(0, 1'000));
  r.feed(bytes.substr(1'000) + bytes);
  EXPECT_TRUE(r.out() == bytes + bytes);
  EXPECT_EQ(r.most_held(), 1'000U);
  EXPECT_LT(r.most_taken(), 2'000U);
}

TEST(relay, keeps_fin_as_the_original_had_it) {
  relay_driver r(upstream);
  r.feed(unmasked(1, std::string(20'000, 'x'), false));
  EXPECT_TRUE((*r).inside_message());
  for (const wire_frame& frame : decode(r.out())) EXPECT_FALSE(frame.fin);
  r.feed(unmasked(0, "end"));
  EXPECT_FALSE((*r).inside_message());
}

TEST(relay, sends_a_gibibyte_in_about_4800_pieces_between_the_bounds) {
  std::string header = encode({.opcode = 2, .payload = std::string(70'000, 'x')}).substr(0, 10);
  const std::uint64_t length = std::uint64_t{1} << 30;
  for (unsigned i = 0; i < 8; ++i) header[2 + i] = static_cast<char>(length >> (56 - 8 * i));
  relay_driver r(upstream);
  r.keep(false);
  r.feed(header);
  std::vector<std::byte> memory(max_header_size + 9'000);
  for (std::uint64_t sent = 0; sent < length;) {
    const std::size_t n = std::min<std::uint64_t>(length - sent, 9'000);
    r.read(mutable_bytes(memory).subspan(max_header_size, n));
    sent += n;
  }
  EXPECT_FALSE((*r).unfinished());
  EXPECT_GT(r.sizes().size(), 4'400U);
  EXPECT_LT(r.sizes().size(), 5'000U);
  std::uint64_t relayed = 0;
  for (std::size_t i = 0; i + 1 < r.sizes().size(); ++i) {
    const std::uint64_t payload = r.sizes()[i] - (r.sizes()[i] > 65'539 ? 10 : 4);
    EXPECT_GE(payload, std::clamp<std::uint64_t>(relayed / 256, hold, largest_piece)) << i;
    relayed += payload;
  }
  EXPECT_LE(r.most_held(), largest_piece);
}

TEST(relay, never_takes_memory_by_a_declared_length) {
  relay_driver r(upstream);
  r.feed(std::string("\x82\x7F\x00\x00\x7F\xFF\xFF\xFF\xFF\xFF", 10) + "a few bytes");
  EXPECT_LE(r.budget().held(), 1'024U);
}

TEST(relay, streams_a_frame_that_may_not_be_split_as_it_comes) {
  const std::string sent = masked(2, std::string(70'000, 'x')) + masked(1, "small");
  relay_driver r(client, {.split = false});
  for (std::size_t i = 0; i < sent.size(); i += 500) {
    r.feed(std::string_view(sent).substr(i, 500));
    const bool within = i + 500 < sent.size() - 11;
    EXPECT_EQ((*r).inside_frame(), within) << i;
    EXPECT_TRUE(!within || r.out().size() == i + 500) << i;
  }
  EXPECT_TRUE(r.out() == sent);
}

TEST(relay, takes_no_frame_of_an_unknown_kind_for_part_of_a_message) {
  relay_driver r(upstream, {.other_extension = true});
  const std::string frame = unmasked(3, std::string(20'000, 'x'));
  r.feed(frame.substr(0, 19'000));
  EXPECT_TRUE((*r).inside_frame());
  EXPECT_FALSE((*r).inside_message());
  r.feed(frame.substr(19'000));
  EXPECT_FALSE((*r).unfinished());
  EXPECT_FALSE((*r).inside_message());
}

TEST(relay, counts_frames_messages_and_payload_as_received) {
  const std::string sent =
      masked(1, "abc", false) + masked(9, "ping") + masked(0, std::string(40'000, 'x')) + masked(2, "");
  for (const std::size_t step : {std::size_t{1}, std::size_t{999}, sent.size()}) {
    relay_driver r(client);
    for (std::size_t i = 0; i < sent.size(); i += step) r.feed(std::string_view(sent).substr(i, step));
    EXPECT_EQ((*r).received().frames, 4U) << step;
    EXPECT_EQ((*r).received().messages, 2U) << step;
    EXPECT_EQ((*r).received().payload_bytes, 40'003U) << step;
  }
}

TEST(relay, skips_a_message_over_the_limit_and_reads_on) {
  for (const std::size_t step : {1U, 7U, 100'000U}) {
    relay_driver r(client, {}, 1'000);
    const std::string sent = masked(1, std::string(600, 'a'), false) + masked(0, std::string(60'000, 'b')) +
                             masked(8, close_payload(1000));
    for (std::size_t i = 0; i < sent.size(); i += step) r.feed(std::string_view(sent).substr(i, step));
    EXPECT_EQ(r.kinds(), (std::vector{unit_kind::data, unit_kind::too_big, unit_kind::control}));
    EXPECT_LE(r.most_held(), 700U);
  }
}

TEST(relay, yields_only_control_frames_after_discard_whenever_it_comes) {
  const std::string first = masked(2, std::string(20'000, 'x'), false) + masked(9, "one") + masked(0, "end");
  const std::string sent =
      first + masked(1, "no") + masked(9, "two") + masked(2, std::string(80'000, 'y')) + masked_close(1000);
  for (const bool split : {true, false}) {
    for (std::size_t cut = 0; cut <= first.size(); cut += cut < 60 || cut > 19'900 ? 1 : 997) {
      relay_driver r(client, {.split = split});
      r.feed(std::string_view(sent).substr(0, cut));
      const std::size_t before = r.kinds().size();
      const bool inside = (*r).inside_frame();
      (*r).discard();
      r.feed(std::string_view(sent).substr(cut));
      ASSERT_EQ(r.why(), violation::none) << cut;
      ASSERT_TRUE(std::all_of(r.kinds().begin() + static_cast<std::ptrdiff_t>(before), r.kinds().end(),
                              [](unit_kind kind) { return kind == unit_kind::control; }))
          << cut;
      ASSERT_EQ(std::count(r.kinds().begin(), r.kinds().end(), unit_kind::control), 3) << cut;
      ASSERT_EQ((*r).inside_frame(), inside) << "the other side waits for the rest for ever, cut " << cut;
      ASSERT_EQ(r.budget().held(), 0U);
    }
  }
}

TEST(relay, discards_many_tiny_frames_in_one_read_without_deep_recursion) {
  relay_driver r(upstream);
  (*r).discard();
  std::string sent;
  for (int i = 0; i < 300'000; ++i) sent += unmasked(2, "");
  r.feed(sent + unmasked(9, "still here"));
  EXPECT_EQ(r.kinds(), std::vector{unit_kind::control});
}

TEST(relay, finds_whether_a_message_ends_in_what_is_left) {
  const auto ends = [](const std::string& s) { return relay::ends_message(std::as_bytes(std::span(s))); };
  EXPECT_FALSE(ends(""));
  EXPECT_FALSE(ends(unmasked(9, "ping") + unmasked(1, "part", false)));
  EXPECT_FALSE(ends(unmasked(1, "whole").substr(0, 6)));
  EXPECT_FALSE(ends(std::string("\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10)));
  EXPECT_TRUE(ends(unmasked(1, "part", false) + unmasked(0, "")));
  EXPECT_TRUE(ends(unmasked_close(1000)));
  EXPECT_TRUE(ends(masked(1, "whole") + "rest"));
}

TEST(relay, lets_the_payload_of_a_large_frame_pass_in_fragments) {
  std::string payload(200'000, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 7);
  const std::string bytes = encode({.rsv = 4, .opcode = 1, .mask = 0x01020304, .payload = payload});
  relay_driver r(client, {.deflate = true});
  const std::size_t header = bytes.size() - payload.size();
  r.feed(std::string_view(bytes).substr(0, header + 3));
  std::string out;
  std::size_t at = header + 3;
  while (at < bytes.size()) {
    const std::size_t n = (*r).passable();
    ASSERT_LE(n, 64U << 10);
    if (n == 0) break;
    ASSERT_EQ((*r).pass(n).kind, unit_kind::data);
    out += std::string(reinterpret_cast<const char*>((*r).held().bytes().data()), (*r).held().size());
    out += bytes.substr(at, n);
    (*r).held().clear();
    at += n;
  }
  EXPECT_GE((*r).next_passable(), bytes.size() - at);
  r.feed(std::string_view(bytes).substr(at));
  const auto frames = decode(out + r.out());
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[0].payload.size(), (64U << 10) + 3);
  EXPECT_TRUE(reassemble(frames) == (std::vector<wire_message>{{1, 4, payload}}));
  EXPECT_EQ((*r).received().payload_bytes, payload.size());
  EXPECT_EQ((*r).received().messages, 1U);
}

TEST(relay, wants_what_is_too_little_for_a_piece_to_be_read) {
  relay_driver r(upstream);
  r.feed(encode({.opcode = 2, .payload = std::string(100'000, 'x')}).substr(0, 10));
  ASSERT_GE((*r).passable(), 64U << 10);
  EXPECT_EQ((*r).pass(16'383).kind, unit_kind::none);
  EXPECT_EQ((*r).received().payload_bytes, 0U) << "it is counted when it is read";
  r.feed(std::string(16'383, 'x'));
  EXPECT_EQ(r.out(), "");
  EXPECT_EQ((*r).pass(1).kind, unit_kind::data) << "with what is held it is enough";
}

TEST(relay, ends_a_frame_whose_last_bytes_pass) {
  relay_driver r(upstream);
  r.feed(encode({.opcode = 2, .payload = std::string(100'000, 'x')}).substr(0, 10));
  for (std::size_t left = 100'000; left != 0;) {
    const std::size_t n = (*r).passable();
    ASSERT_EQ(n, std::min<std::size_t>(left, 64U << 10));
    ASSERT_EQ((*r).pass(n).kind, unit_kind::data);
    left -= n;
    EXPECT_EQ(std::to_integer<unsigned>((*r).held().bytes()[0]) >> 7, left == 0 ? 1U : 0U) << "FIN";
    (*r).held().clear();
  }
  EXPECT_FALSE((*r).unfinished());
  EXPECT_FALSE((*r).inside_message());
  EXPECT_EQ((*r).received().messages, 1U);
  r.feed(unmasked(1, "next"));
  EXPECT_EQ(r.out(), unmasked(1, "next"));
}

TEST(relay, lets_nothing_pass_above_half_of_the_budget) {
  relay_driver r(upstream);
  r.feed(encode({.opcode = 2, .payload = std::string(100'000, 'x')}).substr(0, 10));
  const std::uint64_t others = (std::uint64_t{1} << 29) + 1;
  r.budget().take(others);
  EXPECT_EQ((*r).passable(), 0U);
  r.budget().give(others);
  EXPECT_EQ((*r).passable(), 64U << 10);
}

TEST(relay, lets_nothing_pass_but_the_payload_of_large_frames_that_may_be_split) {
  const std::string large = encode({.opcode = 2, .payload = std::string(100'000, 'x')});
  const std::string enough = encode({.opcode = 2, .payload = std::string(least_passing, 'x')});
  const std::string small = encode({.opcode = 2, .payload = std::string(least_passing - 1, 'x')});
  const auto passable = [](const std::string& bytes, framing rules) {
    relay_driver r(upstream, rules);
    r.feed(bytes);
    return (*r).passable();
  };
  EXPECT_EQ(passable({}, {}), 0U);
  EXPECT_EQ(passable(large.substr(0, 9), {}), 0U);
  EXPECT_EQ(passable(large.substr(0, 10), {}), 64U << 10);
  EXPECT_EQ(passable(enough.substr(0, 4), {}), least_passing);
  EXPECT_EQ(passable(small.substr(0, 4), {}), 0U);
  EXPECT_EQ(passable(large.substr(0, 10), {.split = false}), 0U);
  EXPECT_EQ(passable(large.substr(0, 10), {.other_extension = true}), 0U);
}

TEST(relay, says_how_far_it_is_to_payload_that_may_pass) {
  const std::string large = encode({.opcode = 2, .payload = std::string(100'000, 'x')});
  relay_driver r(upstream);
  EXPECT_EQ((*r).next_passable(), SIZE_MAX);
  r.feed(large.substr(0, 99'910));
  EXPECT_EQ((*r).next_passable(), 100 + max_header_size);
  r.feed(large.substr(99'910));
  EXPECT_EQ((*r).next_passable(), max_header_size) << "another large one is likely";
  r.feed(unmasked(1, "small"));
  EXPECT_EQ((*r).next_passable(), SIZE_MAX);
}

}  // namespace
}  // namespace lastframe::protocol
