// The endpoint that judges the proxy, against the examples of the RFCs and what they forbid.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/reference/deflate.hpp"
#include "tests/support/reference/receiver.hpp"
#include "tests/support/reference/text.hpp"

namespace lastframe::reference {
namespace {

using namespace std::string_literals;

// All that a receiver yields for `bytes` that come one by one, as words.
std::string heard(bool is_server, extension agreed, std::string_view bytes) {
  receiver r(is_server, agreed);
  std::string words;
  for (const char& each : bytes) {
    std::string_view one(&each, 1);
    const received got = r.next(one);
    switch (got.what) {
      case received::kind::none:
        break;
      case received::kind::message:
        words += "message " + std::string(got.payload) + ". ";
        break;
      case received::kind::frame:
        words += "frame. ";
        break;
      case received::kind::ping:
        words += "ping " + std::string(got.payload) + ". ";
        break;
      case received::kind::pong:
        words += "pong " + std::string(got.payload) + ". ";
        break;
      case received::kind::close:
        words += "close " + std::to_string(r.close()->code) + " " + r.close()->reason + ". ";
        break;
      case received::kind::failed:
        words += "failed " + std::to_string(r.failure_code()) + ". ";
        break;
    }
  }
  return words;
}

TEST(reference_receiver, reads_the_examples_of_rfc_6455) {
  EXPECT_EQ(heard(false, extension::none, "\x81\x05Hello"s), "message Hello. ");
  EXPECT_EQ(heard(true, extension::none, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s), "message Hello. ");
  EXPECT_EQ(heard(false, extension::none, "\x01\x03Hel\x80\x02lo"s), "message Hello. ");
  EXPECT_EQ(heard(false, extension::none, "\x89\x05Hello"s), "ping Hello. ");
  EXPECT_EQ(heard(true, extension::none, "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s), "pong Hello. ");
  EXPECT_EQ(heard(false, extension::none, "\x82\x7e\x01\x00"s + std::string(256, 'x')),
            "message " + std::string(256, 'x') + ". ");
}

TEST(reference_receiver, reads_the_examples_of_rfc_7692) {
  EXPECT_EQ(heard(false, extension::deflate, "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"s), "message Hello. ");
  EXPECT_EQ(heard(false, extension::deflate, "\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00"s),
            "message Hello. ");
  EXPECT_EQ(inflate_message(deflate_message("Hello, Hello, Hello")), "Hello, Hello, Hello");
  EXPECT_EQ(inflate_message(deflate_message("")), "");
  EXPECT_EQ(inflate_message("\xff\xff"s), std::nullopt);
}

TEST(reference_receiver, yields_a_control_frame_between_fragments_and_looks_at_nothing_behind_a_close) {
  EXPECT_EQ(heard(false, extension::none,
                  "\x01\x01"
                  "a\x89\x01"
                  "b\x80\x01"
                  "c\x88\x02\x03\xe8\x81\x01"
                  "d"s),
            "ping b. message ac. close 1000 . ");
  EXPECT_EQ(heard(false, extension::none, "\x88\x00"s), "close 1005 . ");
  EXPECT_EQ(heard(false, extension::none,
                  "\x88\x05\x0f\xa1"
                  "why"s),
            "close 4001 why. ");
}

TEST(reference_receiver, fails_the_connection_for_what_no_endpoint_may_send) {
  const std::string broken[] = {"\x81\x80\x00\x00\x00\x00"s,  // masked by a server
                                "\xc1\x00"s,                  // RSV1, and no extension
                                "\x83\x00"s,
                                "\x8b\x00"s,          // reserved opcodes
                                "\x09\x00"s,          // a Ping in fragments
                                "\x89\x7e\x00\x7e"s,  // a Ping of 126 bytes
                                "\x82\x7e\x00\x7d"s,  // a length that is not minimal
                                "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"s,
                                "\x80\x00"s,          // a continuation of nothing
                                "\x01\x00\x81\x00"s,  // a message inside a message
                                "\x88\x01\x03"s,
                                "\x88\x02\x03\xed"s};  // Closes of one byte, and with 1005
  for (const std::string& bytes : broken) EXPECT_EQ(heard(false, extension::none, bytes), "failed 1002. ");
  EXPECT_EQ(heard(true, extension::none, "\x81\x00"s), "failed 1002. ") << "not masked by a client";
  EXPECT_EQ(heard(false, extension::none, "\x88\x03\x03\xe8\xff"s), "failed 1007. ");
  EXPECT_EQ(heard(false, extension::none, "\x81\x01\xff"s), "failed 1007. ");
  EXPECT_EQ(heard(false, extension::deflate, "\x01\x00\xc0\x00"s), "failed 1002. ")
      << "RSV1 on a continuation";
  EXPECT_EQ(heard(false, extension::unknown, "\xf3\x00\xff\x00"s), "frame. frame. ");
}

TEST(reference_text, knows_utf_8_by_its_code_points) {
  for (const std::string_view good :
       {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\x88", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(valid_utf8(good)) << good;
  }
  for (const std::string_view ill : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                                     "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE2\x82"}) {
    EXPECT_FALSE(valid_utf8(ill));
  }
}

}  // namespace
}  // namespace lastframe::reference
