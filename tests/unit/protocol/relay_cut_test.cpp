// The same messages come out of a relay however the bytes are cut: compared with a decoder of the tests' own.
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/protocol/relay_driver.hpp"

namespace lastframe::protocol {
namespace {

using namespace support;
using telemetry::leg;

const framing deflating{.deflate = true};

// Some 200 bytes with control frames between fragments, empty frames, RSV1, and both short length encodings.
std::string script(leg from) {
  const auto key = from == leg::client ? std::optional<std::uint32_t>(0x8A1B2C3D) : std::nullopt;
  std::string out;
  out += encode({.opcode = 1, .mask = key, .payload = "hello"});
  out += encode({.fin = false, .rsv = 4, .opcode = 2, .mask = key, .payload = "com"});
  out += encode({.opcode = 9, .mask = key, .payload = "ping"});
  out += encode({.fin = false, .opcode = 0, .mask = key, .payload = ""});
  out += encode({.opcode = 10, .mask = key, .payload = ""});
  out += encode({.opcode = 0, .mask = key, .payload = "pressed"});
  out += encode({.opcode = 2, .mask = key, .payload = std::string(126, 'x')});
  out += encode({.opcode = 8, .mask = key, .payload = close_payload(1000, "bye")});
  return out;
}

TEST(relay_cut, passes_a_script_at_one_byte_at_a_time) {
  for (const leg from : {leg::client, leg::upstream}) {
    const std::string sent = script(from);
    relay_driver r(from, deflating);
    for (const char& byte : sent) r.feed({&byte, 1});
    EXPECT_EQ(r.out(), sent);
  }
}

TEST(relay_cut, passes_a_script_cut_at_any_place_and_at_any_two) {
  for (const leg from : {leg::client, leg::upstream}) {
    const std::string sent = script(from);
    const std::string_view view = sent;
    for (std::size_t a = 0; a <= sent.size(); ++a) {
      for (std::size_t b = a; b <= sent.size(); ++b) {
        relay_driver r(from, deflating);
        r.feed(view.substr(0, a));
        r.feed(view.substr(a, b - a));
        r.feed(view.substr(b));
        ASSERT_EQ(r.out(), sent) << a << ", " << b;
      }
    }
  }
}

// Messages of all sizes, some large, in random fragments with control frames between.
std::string random_script(std::mt19937_64& random, leg from, int large) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto key = [&] {
    return from == leg::client ? std::optional(static_cast<std::uint32_t>(random())) : std::nullopt;
  };
  const std::size_t sizes[] = {0, 125, 126, 2'000, hold, hold + 1, 17 << 10, 70 << 10, 1 << 20};
  std::string out;
  for (std::size_t m = 0, messages = 1 + below(4); m < messages; ++m) {
    const std::size_t fragments = 1 + below(3);
    for (std::size_t i = 0; i < fragments; ++i) {
      const bool is_large = m == 0 && i == 0;
      std::string payload(is_large ? sizes[large] : below(300), '\0');
      std::uint64_t state = random();
      for (char& c : payload) c = static_cast<char>((state = state * 6364136223846793005U + 1) >> 56);
      out += encode({.fin = i + 1 == fragments,
                     .rsv = i == 0 && below(2) == 0 ? 4U : 0U,
                     .opcode = i == 0 ? static_cast<unsigned>(1 + below(2)) : 0U,
                     .mask = key(),
                     .payload = std::move(payload)});
      if (below(3) == 0) {
        out += encode({.opcode = static_cast<unsigned>(9 + below(2)),
                       .mask = key(),
                       .payload = std::string(below(126), 'p')});
      }
    }
  }
  return out;
}

// Every frame that may be whole is, and no piece but a frame's last is smaller than R3 allows.
void expect_pieces_in_bounds(const std::string& out, const std::string& sent) {
  const auto pieces = decode(out);
  std::size_t p = 0;
  for (const wire_frame& frame : decode(sent)) {
    if (frame.payload.size() <= hold) {
      ASSERT_LT(p, pieces.size());
      ASSERT_TRUE(pieces[p++] == frame) << "a small frame goes bit for bit";
      continue;
    }
    for (std::size_t offset = 0; offset < frame.payload.size(); ++p) {
      ASSERT_LT(p, pieces.size());
      offset += pieces[p].payload.size();
      ASSERT_TRUE(offset >= frame.payload.size() || pieces[p].payload.size() >= hold);
      ASSERT_EQ(pieces[p].mask.has_value(), frame.mask.has_value());
    }
  }
  ASSERT_EQ(p, pieces.size());
}

void play_chunkings(std::uint64_t seed, int large, int chunkings) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const leg from = random() % 2 == 0 ? leg::client : leg::upstream;
  const std::string sent = random_script(random, from, large);
  const auto expected = reassemble(decode(sent));
  std::string seen;
  for (int i = 0; i < chunkings; ++i) {
    framing rules = deflating;
    rules.split = i % 4 != 0;
    relay_driver r(from, rules);
    const std::size_t longest = std::size_t{1} << (i % 17);
    for (std::size_t at = 0; at < sent.size();) {
      const std::size_t floor = sent.size() / 4'000;  // so that large scripts take no minutes
      const std::size_t n = std::min<std::size_t>(64 << 10, 1 + floor + random() % longest);
      r.feed(std::string_view(sent).substr(at, n));
      at += n;
    }
    ASSERT_FALSE((*r).unfinished()) << "chunking " << i;
    ASSERT_TRUE(rules.split || r.out() == sent) << "chunking " << i;
    if (r.out() == sent || r.out() == seen) continue;  // decoded before
    seen = r.out();
    ASSERT_TRUE(reassemble(decode(seen)) == expected) << "chunking " << i;
    expect_pieces_in_bounds(seen, sent);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(relay_cut, passes_ten_thousand_random_chunkings) {
  // By the size of the large frame: the small ones most often.
  const int scripts[] = {60, 60, 60, 60, 60, 60, 30, 10, 2};
  int played = 0;
  for (int large = 0; large < 9; ++large) {
    for (int i = 0; i < scripts[large]; ++i) {
      play_chunkings(static_cast<std::uint64_t>(large * 1'000 + i + 1), large, 25);
      if (HasFatalFailure()) return;
      played += 25;
    }
  }
  EXPECT_GE(played, 10'000);
}

TEST(relay_cut, compares_with_a_decoder_that_can_tell_the_difference) {
  const std::string sent = script(leg::client);
  std::string wrong = sent;
  wrong[7] ^= 1;
  EXPECT_FALSE(reassemble(decode(wrong)) == reassemble(decode(sent)));
}

}  // namespace
}  // namespace lastframe::protocol
