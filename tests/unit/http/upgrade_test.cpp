#include "proxy/http/upgrade.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/http/samples.hpp"

namespace lastframe::http {
namespace {

using samples::and_also;
using samples::upgrade_request;
using samples::with;
using samples::without;
using testing::ElementsAre;
using testing::IsEmpty;

upgrade_offer offered(const request_head& head) {
  const auto judged = judge_upgrade(head);
  if (const auto* refused = std::get_if<refusal>(&judged)) {
    ADD_FAILURE() << "refused: " << refused->why;
    return {};
  }
  return std::get<upgrade_offer>(judged);
}

/// The status of the refusal; 0 if there is none.
unsigned refused(const request_head& head) {
  const auto judged = judge_upgrade(head);
  const auto* answer = std::get_if<refusal>(&judged);
  if (answer == nullptr) return 0;
  EXPECT_FALSE(answer->why.empty());
  return answer->status;
}

request_head asking_for(std::string_view target) {
  request_head head = upgrade_request();
  head.target = target;
  return head;
}

TEST(judge_upgrade, accepts_a_plain_request_and_tells_what_it_offers) {
  const upgrade_offer offer = offered(upgrade_request());
  EXPECT_EQ(offer.host, "service.example");
  EXPECT_EQ(offer.path, "/chat");
  EXPECT_EQ(offer.key, samples::key);
  EXPECT_THAT(offer.subprotocols, IsEmpty());
  EXPECT_THAT(offer.extensions, IsEmpty());
}

TEST(judge_upgrade, lists_subprotocols_and_extensions_in_the_order_offered) {
  request_head head = and_also(upgrade_request(), "Sec-WebSocket-Protocol", "graphql-ws, chat");
  head = and_also(head, "sec-websocket-protocol", "token.abc=");
  head = and_also(head, "Sec-WebSocket-Extensions",
                  R"(permessage-deflate; client_max_window_bits, permessage-deflate, x-foo; a="b, c" ;d)");
  const upgrade_offer offer = offered(head);
  EXPECT_THAT(offer.subprotocols, ElementsAre("graphql-ws", "chat", "token.abc="));
  EXPECT_THAT(offer.extensions, ElementsAre("permessage-deflate", "permessage-deflate", "x-foo"));
}

TEST(judge_upgrade, does_not_mind_case_or_company_of_the_tokens) {
  offered(with(upgrade_request(), "Upgrade", "WebSocket"));
  offered(with(upgrade_request(), "Upgrade", "h2c, websocket"));
  offered(with(upgrade_request(), "Connection", "keep-alive, upgrade"));
  offered(and_also(with(upgrade_request(), "Connection", "keep-alive"), "connection", "UPGRADE"));
}

TEST(judge_upgrade, answers_426_where_no_upgrade_to_websocket_is_asked_for) {
  EXPECT_EQ(refused(without(upgrade_request(), "Upgrade")), 426U);
  EXPECT_EQ(refused(with(upgrade_request(), "Upgrade", "h2c")), 426U);
  EXPECT_EQ(refused(with(upgrade_request(), "Upgrade", "websockets")), 426U);
  EXPECT_EQ(refused({"POST", "/api", 11, {{"Host", "a"}, {"Content-Length", "5"}}}), 426U);
  EXPECT_EQ(refused({"GET", "/", 10, {}}), 426U);
}

TEST(judge_upgrade, refuses_every_method_but_get) {
  for (const char* method : {"POST", "HEAD", "CONNECT", "get", "OPTIONS", "GETS"}) {
    request_head head = upgrade_request();
    head.method = method;
    EXPECT_EQ(refused(head), 400U) << method;
  }
}

TEST(judge_upgrade, refuses_http_1_0) {
  request_head head = upgrade_request();
  head.version = 10;
  EXPECT_EQ(refused(head), 400U);
}

TEST(judge_upgrade, refuses_a_connection_field_that_does_not_name_upgrade) {
  EXPECT_EQ(refused(without(upgrade_request(), "Connection")), 400U);
  EXPECT_EQ(refused(with(upgrade_request(), "Connection", "keep-alive")), 400U);
  EXPECT_EQ(refused(with(upgrade_request(), "Connection", "not-upgrade")), 400U);
}

TEST(judge_upgrade, refuses_a_key_of_fifteen_bytes) {
  EXPECT_EQ(refused(with(upgrade_request(), "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j")), 400U);
}

TEST(judge_upgrade, refuses_a_key_that_is_not_sixteen_bytes_of_base64) {
  for (const char* key : {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZWU=", "dGhlIHNhbXBsZSBub2==",
                          "dGhlIHNhbXBsZSBub25jZQAA==", "dGhlIHNhbXBsZSBub25jZ===",
                          "dGhlIHNhbXBsZSBub25jZQQQ", "dGhlIHNhbXBs ZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ-==",
                          "dGhlIHNhbXBsZSBub25jZ{==", "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="})
    EXPECT_EQ(refused(with(upgrade_request(), "Sec-WebSocket-Key", key)), 400U) << key;
}

TEST(judge_upgrade, accepts_a_key_with_every_kind_of_digit) {
  EXPECT_EQ(offered(with(upgrade_request(), "Sec-WebSocket-Key", "azAZ09+/ABCDEFGHIJKLMA==")).key,
            "azAZ09+/ABCDEFGHIJKLMA==");
}

TEST(judge_upgrade, refuses_a_missing_or_repeated_key) {
  EXPECT_EQ(refused(without(upgrade_request(), "Sec-WebSocket-Key")), 400U);
  EXPECT_EQ(refused(and_also(upgrade_request(), "sec-websocket-key", samples::key)), 400U);
}

TEST(judge_upgrade, answers_426_to_another_version) {
  for (const char* version : {"8", "12", "14", "013", "13, 8", "", "x"})
    EXPECT_EQ(refused(with(upgrade_request(), "Sec-WebSocket-Version", version)), 426U) << version;
}

TEST(judge_upgrade, refuses_a_missing_or_repeated_version) {
  EXPECT_EQ(refused(without(upgrade_request(), "Sec-WebSocket-Version")), 400U);
  EXPECT_EQ(refused(and_also(upgrade_request(), "Sec-WebSocket-Version", "13")), 400U);
}

TEST(judge_upgrade, refuses_a_body) {
  EXPECT_EQ(refused(and_also(upgrade_request(), "Content-Length", "1")), 400U);
  EXPECT_EQ(refused(and_also(upgrade_request(), "Transfer-Encoding", "chunked")), 400U);
}

TEST(judge_upgrade, accepts_a_body_of_no_bytes) {
  offered(and_also(upgrade_request(), "Content-Length", "0"));
}

TEST(judge_upgrade, refuses_a_missing_or_impossible_host) {
  EXPECT_EQ(refused(without(upgrade_request(), "Host")), 400U);
  for (const char* host : {"", ":80", "a b", "a/b", "user@a", "a,b", "a:b", "a:123456", "[::1", "::1", "[]",
                           "[::1]x", "[a/b]", "a?b", "a\\b", ".", "\xc3\xa4.example"})
    EXPECT_EQ(refused(with(upgrade_request(), "Host", host)), 400U) << host;
}

TEST(judge_upgrade, reduces_the_host_to_what_routes_compare) {
  const auto host = [](std::string_view value) {
    return offered(with(upgrade_request(), "Host", value)).host;
  };
  EXPECT_EQ(host("Chat.EXAMPLE"), "chat.example");
  EXPECT_EQ(host("chat.example.:443"), "chat.example");
  EXPECT_EQ(host("chat.example:"), "chat.example");
  EXPECT_EQ(host("127.0.0.1:80"), "127.0.0.1");
  EXPECT_EQ(host("[::1]"), "[::1]");
  EXPECT_EQ(host("[FE80::1%25eth0]:8080"), "[fe80::1%25eth0]");
}

TEST(judge_upgrade, leaves_the_query_out_of_the_path) {
  EXPECT_EQ(offered(asking_for("/")).path, "/");
  EXPECT_EQ(offered(asking_for("/a/b?c=/d?e")).path, "/a/b");
  EXPECT_EQ(offered(asking_for("/%2e%2e/A")).path, "/%2e%2e/A");
}

TEST(judge_upgrade, accepts_an_absolute_target_that_names_the_same_host) {
  EXPECT_EQ(offered(asking_for("http://Service.Example:8080/chat?x")).path, "/chat");
  EXPECT_EQ(offered(asking_for("ws://service.example:8080")).path, "/");
}

TEST(judge_upgrade, refuses_an_absolute_target_that_names_another_host) {
  EXPECT_EQ(refused(asking_for("http://other.example/chat")), 400U);
  EXPECT_EQ(refused(asking_for("http://service.example/chat")), 400U);
  EXPECT_EQ(refused(asking_for("http://service.example:8080@evil/chat")), 400U);
}

TEST(judge_upgrade, refuses_a_target_that_is_not_a_path) {
  for (const char* target : {"*", "service.example:8080", "chat", "/a#b", "ftp://service.example:8080/",
                             "http:///a", "http://service.example:8080?a", "?a"})
    EXPECT_EQ(refused(asking_for(target)), 400U) << target;
}

}  // namespace
}  // namespace lastframe::http
