#include "proxy/http/body.hpp"

#include <string>

#include <gtest/gtest.h>

#include "proxy/http/errc.hpp"

namespace lastframe::http {
namespace {

using kind = body_length::kind;

constexpr std::string_view chunked_body =
    "5\r\nhello\r\n"
    "0A;name=\"v\"\r\n0123456789\r\n"
    "1 \r\n\n\r\n"
    "000\r\nTrailer: x\r\nB:\r\n\r\n";

/// The error that the chunked body ends in; none if it does not.
boost::system::error_code chunked_error(std::string_view bytes) {
  body_scanner body{{kind::chunked, 0}};
  const auto taken = body.take(bytes);
  return taken ? boost::system::error_code{} : taken.error();
}

TEST(body_scanner, is_done_at_once_without_a_body) {
  EXPECT_TRUE(body_scanner({kind::none, 0}).done());
  EXPECT_TRUE(body_scanner({kind::sized, 0}).done());
  body_scanner body{{kind::none, 0}};
  EXPECT_EQ(body.take("x").value(), 0U);
}

TEST(body_scanner, takes_as_many_bytes_as_were_declared) {
  body_scanner body{{kind::sized, 5}};
  EXPECT_EQ(body.take("abc").value(), 3U);
  EXPECT_FALSE(body.done());
  EXPECT_FALSE(body.ends_at_eof());
  EXPECT_EQ(body.take("defg").value(), 2U);
  EXPECT_TRUE(body.done());
  EXPECT_TRUE(body.ends_at_eof());
}

TEST(body_scanner, takes_everything_until_the_connection_ends) {
  body_scanner body{{kind::until_eof, 0}};
  EXPECT_EQ(body.take("0\r\n\r\n").value(), 5U);
  EXPECT_FALSE(body.done());
  EXPECT_TRUE(body.ends_at_eof());
}

TEST(body_scanner, finds_the_end_of_a_chunked_body_at_every_cut) {
  const std::string bytes = std::string{chunked_body} + "behind";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    body_scanner body{{kind::chunked, 0}};
    const auto first = body.take(std::string_view{bytes}.substr(0, cut));
    ASSERT_TRUE(first) << cut;
    EXPECT_EQ(*first, std::min(cut, chunked_body.size()));
    EXPECT_EQ(body.done(), cut >= chunked_body.size()) << cut;
    EXPECT_EQ(body.ends_at_eof(), body.done());
    const auto second = body.take(std::string_view{bytes}.substr(*first));
    ASSERT_TRUE(second) << cut;
    EXPECT_EQ(*first + *second, chunked_body.size());
    EXPECT_TRUE(body.done());
  }
}

TEST(body_scanner, finds_the_end_of_a_chunked_body_that_comes_byte_by_byte) {
  body_scanner body{{kind::chunked, 0}};
  for (std::size_t i = 0; i < chunked_body.size(); ++i) {
    EXPECT_FALSE(body.done());
    ASSERT_EQ(body.take(chunked_body.substr(i, 1)).value(), 1U) << i;
  }
  EXPECT_TRUE(body.done());
}

TEST(body_scanner, passes_over_what_follows_a_chunk_size) {
  for (const char* bytes : {"1;a\r\nx\r\n0\r\n\r\n", "1 ;a\r\nx\r\n0\r\n\r\n", "1\t;a\r\nx\r\n0\t\r\n\r\n"})
    EXPECT_FALSE(chunked_error(bytes)) << bytes;
}

TEST(body_scanner, refuses_broken_chunks) {
  for (const char* bytes :
       {"\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", ";a\r\n", " 1\r\n", "1\n", "1\rx", "1;a\n", "1\r\nab",
        "1\r\na\n", "1\r\na\rx", "1\r\na\r\n\r\n", "0\r\n\n", "0\r\nA: b\n", "0\r\nA: b\rx", "0\r\n\rx"})
    EXPECT_EQ(chunked_error(bytes), errc::malformed_body) << bytes;
}

TEST(body_scanner, refuses_a_chunk_size_that_would_overflow) {
  EXPECT_FALSE(chunked_error("fffffffffffffff\r\n"));
  EXPECT_EQ(chunked_error("ffffffffffffffff\r\n"), errc::malformed_body);
  EXPECT_EQ(chunked_error(std::string(16, '0')), errc::malformed_body);
}

TEST(body_scanner, refuses_endless_extensions_and_trailers) {
  EXPECT_FALSE(chunked_error("1;" + std::string(1000, 'a')));
  EXPECT_EQ(chunked_error("1;" + std::string(100'000, 'a')), errc::malformed_body);
  EXPECT_EQ(chunked_error("0\r\nA:" + std::string(100'000, 'a')), errc::malformed_body);
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "1;a\r\nx\r\n";
  EXPECT_EQ(chunked_error(many), errc::malformed_body);
}

}  // namespace
}  // namespace lastframe::http
