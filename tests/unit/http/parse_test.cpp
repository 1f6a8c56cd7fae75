#include <random>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/http/errc.hpp"
#include "proxy/http/head.hpp"

namespace lastframe::http {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

constexpr std::size_t limit = 4096;

boost::system::error_code request_error(std::string_view bytes) {
  const auto got = parse_request(bytes, limit);
  return got ? boost::system::error_code{} : got.error();
}

boost::system::error_code response_error(std::string_view bytes) {
  const auto got = parse_response(bytes, limit);
  return got ? boost::system::error_code{} : got.error();
}

std::string request_with(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n";
}

std::string response_with(std::string_view lines) {
  return "HTTP/1.1 200 OK\r\n" + std::string{lines} + "\r\n";
}

TEST(parse_request, yields_the_head_and_the_bytes_it_took) {
  const std::string head = "GET /a?b=c HTTP/1.1\r\nHost: h:1\r\nX-a:  v w \t\r\nEmpty:\r\n\r\n";
  const auto got = parse_request(head + "behind", limit);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->size, head.size());
  EXPECT_EQ((*got)->head.method, "GET");
  EXPECT_EQ((*got)->head.target, "/a?b=c");
  EXPECT_EQ((*got)->head.version, 11U);
  EXPECT_THAT((*got)->head.fields,
              ElementsAre(field{"Host", "h:1"}, field{"X-a", "v w"}, field{"Empty", ""}));
}

TEST(parse_request, keeps_the_case_of_names_and_the_order_among_repeated_ones) {
  const auto got = parse_request(request_with("b: 1\r\nA: 2\r\nB: 3\r\na: 4\r\n"), limit);
  ASSERT_TRUE(got && *got);
  EXPECT_THAT((*got)->head.fields, ElementsAre(field{"Host", "a"}, field{"b", "1"}, field{"A", "2"},
                                               field{"B", "3"}, field{"a", "4"}));
}

TEST(parse_request, needs_more_at_every_cut_of_a_head) {
  const std::string head = request_with("Upgrade: websocket\r\nContent-Length: 0\r\nX: y\r\n");
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    const auto got = parse_request(std::string_view{head}.substr(0, cut), limit);
    ASSERT_TRUE(got) << cut;
    EXPECT_FALSE(*got) << cut;
  }
  const auto whole = parse_request(head, limit);
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ((*whole)->size, head.size());
}

TEST(parse_request, ignores_one_empty_line_before_the_request) {
  const std::string head = "\r\n" + request_with("");
  const auto got = parse_request(head, limit);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->size, head.size());
  EXPECT_EQ(request_error("\r\n" + head), errc::malformed_head);
}

TEST(parse_request, takes_a_head_of_exactly_the_limit_and_none_above) {
  const std::string head = request_with("");
  EXPECT_TRUE(parse_request(head + "behind", head.size()).value());
  const auto got = parse_request(head, head.size() - 1);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), errc::head_too_large);
}

TEST(parse_request, finds_a_head_too_large_as_soon_as_the_limit_is_full) {
  const std::string endless = "GET /" + std::string(limit, 'a');
  EXPECT_EQ(request_error(endless), errc::head_too_large);
  EXPECT_FALSE(parse_request(std::string_view{endless}.substr(0, limit - 1), limit).value());
}

TEST(parse_request, takes_a_head_of_a_thousand_fields) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "a:b\r\n";
  const auto got = parse_request(request_with(lines), 1 << 16);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->head.fields.size(), 1001U);
}

TEST(parse_request, refuses_a_bare_line_feed_at_once) {
  EXPECT_EQ(request_error("GET / HTTP/1.1\n"), errc::malformed_head);
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nHost: a\nX: y"), errc::malformed_head);
  EXPECT_EQ(request_error("\n"), errc::malformed_head);
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nHost: a\r\n\n"), errc::malformed_head);
}

TEST(parse_request, refuses_a_bare_carriage_return_at_once) {
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nHost: a\rX"), errc::malformed_head);
  EXPECT_EQ(request_error(request_with("X: a\r\r\n")), errc::malformed_head);
}

TEST(parse_request, refuses_folded_fields_at_once) {
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nX: a\r\n b"), errc::malformed_head);
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nX: a\r\n\tb"), errc::malformed_head);
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\n X: a\r\n\r\n"), errc::malformed_head);
}

TEST(parse_request, refuses_control_characters_at_once) {
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nX: a\0b"s), errc::malformed_head);
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nX: a\x7f"), errc::malformed_head);
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nX: \x1b[0m"), errc::malformed_head);
}

TEST(parse_request, refuses_a_control_character_wherever_it_lies_and_nothing_that_is_none) {
  for (int byte = 0; byte < 0x100; ++byte) {
    const char c = static_cast<char>(byte);
    if (c == '\r' || c == '\n') continue;
    const bool control = (byte < 0x20 && c != '\t') || byte == 0x7f;
    for (std::size_t before = 1; before < 18; ++before) {
      const std::string line = "X: " + std::string(before, '\xc3') + c + std::string(9, 'a') + "\r\n";
      const auto got = parse_request(request_with(line), 1 << 10);
      EXPECT_EQ(got.has_value() && *got, !control) << byte << " behind " << before;
    }
  }
}

TEST(parse_request, refuses_the_begin_of_a_tls_handshake_at_once) {
  EXPECT_EQ(request_error("\x16\x03\x01\x02\x00\x01"s), errc::malformed_head);
}

TEST(parse_request, refuses_the_begin_of_http_2) {
  EXPECT_EQ(request_error("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), errc::malformed_head);
}

TEST(parse_request, refuses_a_broken_request_line) {
  for (const char* line : {"GET", "GET /", "GET / ", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ",
                           " GET / HTTP/1.1", "G\"T / HTTP/1.1", "GET / http/1.1", "GET / HTTP/1",
                           "GET / HTTP/1.10", "GET / HTTP/1.2", "GET / HTTP/0.9", "GET / HTTP/3.0",
                           "GET /a b HTTP/1.1", "GET\t/\tHTTP/1.1", "GET /\xff HTTP/1.1 x", "/ HTTP/1.1", ""})
    EXPECT_EQ(request_error(std::string{line} + "\r\nHost: a\r\n\r\n"), errc::malformed_head) << line;
}

TEST(parse_request, refuses_a_field_name_that_is_no_token) {
  for (const char* line : {"X : a", "X\t: a", ": a", "X", "X y: a", "X\"y: a", "(X): a", "\xc3\xa4: a"})
    EXPECT_EQ(request_error(request_with(std::string{line} + "\r\n")), errc::malformed_head) << line;
}

TEST(parse_request, lets_bytes_above_ascii_pass_in_values) {
  const auto got = parse_request(request_with("X: \xc3\xa4\r\n"), limit);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ(*(*got)->head.fields.find("X"), "\xc3\xa4");
}

TEST(parse_request, refuses_a_repeated_host) {
  EXPECT_EQ(request_error(request_with("host: a\r\n")), errc::malformed_head);
}

TEST(parse_request, refuses_a_repeated_content_length_even_of_the_same_value) {
  EXPECT_EQ(request_error(request_with("Content-Length: 0\r\nContent-Length: 0\r\n")), errc::malformed_head);
  EXPECT_EQ(request_error(request_with("Content-Length: 5, 5\r\n")), errc::malformed_head);
}

TEST(parse_request, refuses_a_content_length_that_is_not_digits_only) {
  for (const char* value :
       {"", "+5", "-1", "0x5", "5a", "5 5", "1e3", "99999999999999999999", "18446744073709551616"})
    EXPECT_EQ(request_error(request_with("Content-Length: "s + value + "\r\n")), errc::malformed_head)
        << value;
}

TEST(parse_request, refuses_content_length_with_transfer_encoding_in_either_order) {
  EXPECT_EQ(request_error(request_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
            errc::malformed_head);
  EXPECT_EQ(request_error(request_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")),
            errc::malformed_head);
}

TEST(parse_request, refuses_a_transfer_encoding_that_does_not_end_the_body) {
  for (const char* value :
       {"identity", "chunked, gzip", "chunked, chunked", "xchunked", "chunked;a=b", "\"chunked\"", "", ","})
    EXPECT_EQ(request_error(request_with("Transfer-Encoding: "s + value + "\r\n")), errc::malformed_head)
        << value;
  EXPECT_EQ(request_error(request_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")),
            errc::malformed_head);
  EXPECT_EQ(request_error("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), errc::malformed_head);
}

TEST(parse_request, takes_a_request_with_a_body_whose_end_is_clear) {
  EXPECT_FALSE(request_error(request_with("Content-Length: 123456\r\n")));
  EXPECT_FALSE(request_error(request_with("Transfer-Encoding: gzip, Chunked\r\n")));
  EXPECT_FALSE(request_error("GET / HTTP/1.0\r\n\r\n"));
}

/// The head with a few bytes replaced, inserted or removed, mostly by those that matter to a parser.
std::string mutated(std::string bytes, std::mt19937& random) {
  constexpr std::string_view interesting{"\r\n :\t,\0/\"1;HC\x80", 14};
  for (auto times = random() % 4 + 1; times > 0; --times) {
    const auto at = random() % bytes.size();
    const char with = interesting[random() % interesting.size()];
    switch (random() % 4) {
      case 0:
        bytes[at] = with;
        break;
      case 1:
        bytes.insert(at, 1, with);
        break;
      case 2:
        bytes.erase(at, 1);
        break;
      default:
        bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 20));
    }
  }
  return bytes;
}

TEST(parse_request, judges_two_thousand_mutated_heads_alike_at_every_cut) {
  const std::string original =
      "GET /a?b HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nContent-Length: 0\r\nX: a, \"b\"\r\n\r\n";
  std::mt19937 random{4711};
  std::size_t good = 0;
  for (int round = 0; round < 2'000; ++round) {
    const std::string bytes = mutated(original, random);
    const auto whole = parse_request(bytes, limit);
    good += whole && *whole ? 1U : 0U;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const auto part = parse_request(std::string_view{bytes}.substr(0, cut), limit);
      if (!part) {
        ASSERT_FALSE(whole) << "refused at " << cut << ", then taken:\n" << bytes;
      } else if (*part) {
        ASSERT_TRUE(whole && *whole) << "taken at " << cut << ", then refused:\n" << bytes;
        ASSERT_EQ((*part)->size, (*whole)->size) << bytes;
        ASSERT_EQ((*part)->head.fields, (*whole)->head.fields) << bytes;
      }
    }
  }
  // Neither kind may be missing, or the rounds above say nothing.
  EXPECT_GT(good, 100U);
  EXPECT_LT(good, 1'900U);
}

TEST(parse_response, yields_the_head_and_the_bytes_it_took) {
  const std::string head = "HTTP/1.1 101 Switching Protocols\r\nUPGRADE: websocket\r\n\r\n";
  const auto got = parse_response(head + "\x81\x01x", limit);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->size, head.size());
  EXPECT_EQ((*got)->head.status, 101U);
  EXPECT_EQ((*got)->head.reason, "Switching Protocols");
  EXPECT_EQ((*got)->head.version, 11U);
  EXPECT_THAT((*got)->head.fields, ElementsAre(field{"UPGRADE", "websocket"}));
}

TEST(parse_response, takes_an_empty_reason_and_http_1_0) {
  const auto got = parse_response("HTTP/1.0 404 \r\n\r\n", limit);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->head.status, 404U);
  EXPECT_EQ((*got)->head.reason, "");
  EXPECT_EQ((*got)->head.version, 10U);
}

TEST(parse_response, needs_more_at_every_cut_of_a_head) {
  const std::string head = response_with("Content-Length: 4\r\nX: y\r\n");
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    const auto got = parse_response(std::string_view{head}.substr(0, cut), limit);
    ASSERT_TRUE(got) << cut;
    EXPECT_FALSE(*got) << cut;
  }
}

TEST(parse_response, takes_one_interim_answer_at_a_time) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto got = parse_response(interim + response_with(""), limit);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->size, interim.size());
  EXPECT_EQ((*got)->head.status, 100U);
}

TEST(parse_response, refuses_a_broken_status_line) {
  for (const char* line : {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 abc OK", "HTTP/2.0 200 OK",
                           "HTTP/1.1", "ICY 200 OK", "220 mail.example ESMTP", "HTTP/1.1  200 OK",
                           "http/1.1 200 OK", "HTTP/1.1 099 Low", "HTTP/1.1 000 None"})
    EXPECT_EQ(response_error(std::string{line} + "\r\n\r\n"), errc::malformed_head) << line;
}

TEST(parse_response, refuses_ambiguous_framing) {
  EXPECT_EQ(response_error(response_with("Content-Length: 1\r\nContent-Length: 2\r\n")),
            errc::malformed_head);
  EXPECT_EQ(response_error(response_with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")),
            errc::malformed_head);
  EXPECT_EQ(response_error(response_with("Transfer-Encoding: chunked, gzip\r\n")), errc::malformed_head);
  EXPECT_EQ(response_error("HTTP/1.1 200 OK\n"), errc::malformed_head);
  EXPECT_EQ(response_error("HTTP/1.1 200 OK\r\nX: a\r\n b"), errc::malformed_head);
}

TEST(parse_response, takes_a_coding_that_lasts_until_the_connection_ends) {
  EXPECT_FALSE(response_error(response_with("Transfer-Encoding: gzip\r\n")));
  EXPECT_FALSE(response_error(response_with("Transfer-Encoding: gzip, chunked\r\n")));
}

TEST(parse_response, finds_a_head_too_large_as_soon_as_the_limit_is_full) {
  EXPECT_EQ(response_error("HTTP/1.1 200 " + std::string(limit, 'a')), errc::head_too_large);
}

}  // namespace
}  // namespace lastframe::http
