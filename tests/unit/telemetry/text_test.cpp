#include "telemetry/text.hpp"

#include <limits>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

std::string json(std::string_view text, std::size_t max = 1'000) {
  std::string out;
  append_json_string(out, text, max);
  return out;
}

TEST(append_json_string, leaves_ordinary_text_as_it_is) {
  EXPECT_EQ(json("chat.example.com/ws"), "\"chat.example.com/ws\"");
  EXPECT_EQ(json("Grüße, 日本, 😀"), "\"Grüße, 日本, 😀\"");
  EXPECT_EQ(json(""), "\"\"");
}

TEST(append_json_string, escapes_quotes_backslashes_and_line_breaks) {
  EXPECT_EQ(json("a\"b\\c\r\n\td"), R"("a\"b\\c\r\n\td")");
}

TEST(append_json_string, escapes_what_a_terminal_or_a_reader_of_lines_would_obey) {
  EXPECT_EQ(json(std::string_view{"\0\x1b[2J\x7f", 6}), R"("\u0000\u001b[2J\u007f")");
  EXPECT_EQ(json("\xC2\x9B\xC2\x85"), R"("\u009b\u0085")");
  EXPECT_EQ(json("\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAE\xE2\x81\xA6"), R"("\u2028\u2029\u202e\u2066")");
}

TEST(append_json_string, replaces_each_byte_that_is_not_utf8) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(json("a\xFFz"), "\"a" + mark + "z\"");
  EXPECT_EQ(json("\x80"), "\"" + mark + "\"");
  EXPECT_EQ(json("\xC0\xAF"), "\"" + mark + mark + "\"");                        // overlong
  EXPECT_EQ(json("\xE0\x80\xAF"), "\"" + mark + mark + mark + "\"");             // overlong
  EXPECT_EQ(json("\xED\xA0\x80"), "\"" + mark + mark + mark + "\"");             // a surrogate
  EXPECT_EQ(json("\xF4\x90\x80\x80"), "\"" + mark + mark + mark + mark + "\"");  // above U+10FFFF
  EXPECT_EQ(json("\xE2\x82"), "\"" + mark + mark + "\"");                        // ends too soon
  EXPECT_EQ(json("\xE2\x82z"), "\"" + mark + mark + "z\"");
}

TEST(append_json_string, cuts_between_characters_and_says_so) {
  EXPECT_EQ(json("abcdef", 6), "\"abcdef\"");
  EXPECT_EQ(json("abcdef", 5), "\"abcde…\"");
  EXPECT_EQ(json("aé", 2), "\"a…\"");
  EXPECT_EQ(json("日本", 4), "\"日…\"");
  EXPECT_EQ(json("abc", 0), "\"…\"");
}

TEST(append_json_string, gives_one_line_of_valid_json_for_any_bytes) {
  std::mt19937 random{20261121};
  std::uniform_int_distribution<int> byte{0, 255};
  std::uniform_int_distribution<std::size_t> size{0, 60};
  for (int round = 0; round < 20'000; ++round) {
    std::string text(size(random), '\0');
    for (char& c : text) c = static_cast<char>(byte(random));
    const std::string out = json(text, 40);
    ASSERT_TRUE(nlohmann::json::accept(out)) << "round " << round;
    for (const char c : out) ASSERT_GE(static_cast<unsigned char>(c), 0x20) << "round " << round;
  }
}

TEST(cut, keeps_bytes_that_are_no_characters_within_the_limit) {
  const std::string continuations(10, '\x80');
  EXPECT_EQ(cut(continuations, 6).size(), 6U);
}

TEST(to_rfc3339, shows_utc_with_milliseconds) {
  EXPECT_EQ(to_rfc3339(noon() + std::chrono::milliseconds{7}), "2026-11-21T12:00:00.007Z");
  EXPECT_EQ(to_rfc3339(std::chrono::system_clock::time_point{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(std::chrono::system_clock::time_point{} - std::chrono::milliseconds{1}),
            "1969-12-31T23:59:59.999Z");
}

TEST(line_builder, builds_a_json_object) {
  line_builder line{log_format::json};
  line.add("text", "a b");
  line.add("more", std::uint64_t{18446744073709551615U});
  line.add("less", std::int64_t{-5});
  line.add("part", 0.25);
  line.add("yes", true);
  line.add_null("none");
  EXPECT_EQ(line.take(),
            R"({"text":"a b","more":18446744073709551615,"less":-5,"part":0.25,"yes":true,"none":null})");
}

TEST(line_builder, builds_pairs_and_quotes_all_but_plain_words) {
  line_builder line{log_format::text};
  line.add("plain", "127.0.0.1:80");
  line.add("spaced", "a b");
  line.add("equals", "a=b");
  line.add("empty", "");
  line.add_null("none");
  EXPECT_EQ(line.take(), R"(plain=127.0.0.1:80 spaced="a b" equals="a=b" empty="" none=-)");
}

TEST(line_builder, has_no_number_for_what_is_not_finite) {
  line_builder line{log_format::json};
  line.add("a", std::numeric_limits<double>::infinity());
  line.add("b", std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(line.take(), R"({"a":null,"b":null})");
}

TEST(line_builder, is_an_empty_object_when_nothing_was_added) {
  EXPECT_EQ(line_builder{log_format::json}.take(), "{}");
}

}  // namespace
}  // namespace lastframe::telemetry
