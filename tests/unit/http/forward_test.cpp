#include "proxy/http/forward.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/http/samples.hpp"

namespace lastframe::http {
namespace {

using samples::and_also;
using samples::upgrade_request;
using samples::with;
using testing::HasSubstr;
using testing::Not;

forwarding from(std::string_view client) {
  forwarding how;
  how.client_address = client;
  return how;
}

/// How often `part` occurs in `text`.
std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(forward_upgrade, passes_everything_in_order_and_says_who_the_client_is) {
  request_head head{"GET",
                    "/chat?room=7",
                    11,
                    {{"HOST", "service.example:8080"},
                     {"sec-WEBSOCKET-key", samples::key},
                     {"X-b", "1"},
                     {"Sec-WebSocket-Extensions", "permessage-deflate;  a=\"b\" ,x"},
                     {"connection", "keep-alive, Upgrade"},
                     {"X-A", "2"},
                     {"upgrade", "WebSocket"},
                     {"x-B", "3"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Protocol", "b,a"},
                     {"Cookie", "a=b; c=d"}}};
  EXPECT_EQ(forward_upgrade(head, from("192.0.2.7")),
            "GET /chat?room=7 HTTP/1.1\r\n"
            "HOST: service.example:8080\r\n"
            "sec-WEBSOCKET-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "X-b: 1\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate;  a=\"b\" ,x\r\n"
            "connection: Upgrade\r\n"
            "X-A: 2\r\n"
            "upgrade: websocket\r\n"
            "x-B: 3\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: b,a\r\n"
            "Cookie: a=b; c=d\r\n"
            "X-Forwarded-For: 192.0.2.7\r\n"
            "X-Forwarded-Proto: http\r\n"
            "X-Forwarded-Host: service.example:8080\r\n"
            "Forwarded: for=192.0.2.7;host=\"service.example:8080\";proto=http\r\n"
            "\r\n");
}

TEST(forward_upgrade, drops_hop_by_hop_fields_and_those_that_connection_names) {
  request_head head = with(upgrade_request(), "Connection", "Upgrade, X-Secret, close");
  for (const char* name : {"X-Secret", "x-secret", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
                           "Transfer-Encoding", "HTTP2-Settings", "Proxy-Authorization", "Close"})
    head = and_also(head, name, "dropped");
  EXPECT_THAT(forward_upgrade(head, from("192.0.2.7")), Not(HasSubstr("dropped")));
}

TEST(forward_upgrade, writes_upgrade_and_connection_once_however_they_came) {
  request_head head = with(upgrade_request(), "Upgrade", "h2c, websocket");
  head = and_also(and_also(head, "Upgrade", "websocket"), "Connection", "keep-alive");
  const std::string out = forward_upgrade(head, from("192.0.2.7"));
  EXPECT_EQ(occurrences(out, "Upgrade: "), 1U);
  EXPECT_EQ(occurrences(out, "Connection: "), 1U);
  EXPECT_THAT(out, HasSubstr("\r\nUpgrade: websocket\r\n"));
  EXPECT_THAT(out, HasSubstr("\r\nConnection: Upgrade\r\n"));
}

TEST(forward_upgrade, lets_connection_drop_nothing_that_the_proxy_has_judged) {
  const request_head head = with(upgrade_request(), "Connection",
                                 "Upgrade, Host, Sec-WebSocket-Key, sec-websocket-version, X-Forwarded-For");
  const std::string out = forward_upgrade(head, from("192.0.2.7"));
  EXPECT_THAT(out, HasSubstr("\r\nHost: service.example:8080\r\n"));
  EXPECT_THAT(out, HasSubstr("\r\nSec-WebSocket-Key: "));
  EXPECT_THAT(out, HasSubstr("\r\nSec-WebSocket-Version: "));
  EXPECT_THAT(out, HasSubstr("\r\nX-Forwarded-For: 192.0.2.7\r\n"));
}

TEST(forward_upgrade, replaces_what_the_client_claims_to_be) {
  request_head head = upgrade_request();
  for (const char* name : {"X-Forwarded-For", "x-forwarded-proto", "X-Forwarded-Host", "X-Forwarded-Port",
                           "Forwarded", "X_Forwarded_For", "X-Forwarded_For"})
    head = and_also(head, name, "forged");
  const std::string out = forward_upgrade(head, from("192.0.2.7"));
  EXPECT_THAT(out, Not(HasSubstr("forged")));
  EXPECT_EQ(occurrences(out, "X-Forwarded-For: "), 1U);
  EXPECT_EQ(occurrences(out, "Forwarded: "), 1U);
}

TEST(forward_upgrade, replaces_host_where_asked_and_keeps_the_clients_as_forwarded) {
  forwarding how = from("192.0.2.7");
  how.upstream_host = "127.0.0.1:3000";
  how.proto = "https";
  const std::string out = forward_upgrade(upgrade_request(), how);
  EXPECT_THAT(out, HasSubstr("\r\nHost: 127.0.0.1:3000\r\n"));
  EXPECT_THAT(out, HasSubstr("\r\nX-Forwarded-Host: service.example:8080\r\n"));
  EXPECT_THAT(out, HasSubstr("\r\nX-Forwarded-Proto: https\r\n"));
  EXPECT_THAT(out, HasSubstr(";host=\"service.example:8080\";proto=https\r\n"));
}

TEST(forward_upgrade, quotes_ipv6_and_says_unknown_for_a_unix_socket) {
  const std::string six = forward_upgrade(upgrade_request(), from("2001:db8::7"));
  EXPECT_THAT(six, HasSubstr("\r\nX-Forwarded-For: 2001:db8::7\r\n"));
  EXPECT_THAT(six, HasSubstr("Forwarded: for=\"[2001:db8::7]\";"));
  const std::string unix_socket = forward_upgrade(upgrade_request(), from(""));
  EXPECT_THAT(unix_socket, Not(HasSubstr("X-Forwarded-For")));
  EXPECT_THAT(unix_socket, HasSubstr("Forwarded: for=unknown;"));
}

TEST(forward_upgrade, asks_upstream_in_the_origin_form) {
  request_head head = upgrade_request();
  head.target = "http://service.example:8080/chat?a";
  EXPECT_THAT(forward_upgrade(head, from("")), testing::StartsWith("GET /chat?a HTTP/1.1\r\n"));
}

TEST(forward_upgrade, writes_what_it_can_parse_itself) {
  const std::string out = forward_upgrade(upgrade_request(), from("192.0.2.7"));
  const auto got = parse_request(out, 4096);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->size, out.size());
  EXPECT_TRUE(std::holds_alternative<upgrade_offer>(judge_upgrade((*got)->head)));
}

TEST(forward_upgrade, passes_a_head_of_any_length) {
  const std::string cookie(7'000, 'c');
  const std::string out =
      forward_upgrade(with(with(upgrade_request(), "Cookie", cookie), "X-Short", "1"), from("192.0.2.7"));
  EXPECT_THAT(out, HasSubstr("\r\nCookie: " + cookie + "\r\nX-Short: 1\r\nX-Forwarded-For: 192.0.2.7\r\n"));
  EXPECT_THAT(out, testing::EndsWith(";proto=http\r\n\r\n"));
}

TEST(forward_upgrade, quotes_what_a_host_could_break_out_with) {
  request_head head = upgrade_request();
  head.fields.front().value = R"(a"b\c)";
  EXPECT_THAT(forward_upgrade(head, from("192.0.2.7")), HasSubstr(R"(;host="a\"b\\c";)"));
}

TEST(forward_upgrade, tells_no_host_where_none_was_asked_for) {
  const std::string out = forward_upgrade(samples::without(upgrade_request(), "Host"), from("192.0.2.7"));
  EXPECT_THAT(out, Not(HasSubstr("host")));
  EXPECT_THAT(out, Not(HasSubstr("Host")));
}

TEST(forward_answer, sends_one_connection_field_and_keeps_what_the_handshake_needs) {
  response_head head = and_also(samples::upgrade_answer(), "Connection", "Sec-WebSocket-Accept");
  const std::string out = forward_answer(head);
  EXPECT_EQ(occurrences(out, "Connection: Upgrade\r\n"), 1U);
  EXPECT_EQ(occurrences(out, "Sec-WebSocket-Accept: "), 1U);
}

TEST(forward_answer, passes_the_answer_in_order_without_hop_by_hop_fields) {
  const response_head head{101,
                           "Web Socket Protocol Handshake",
                           11,
                           {{"server", "x"},
                            {"connection", "upgrade, keep-alive, X-Hop"},
                            {"UPGRADE", "WebSocket"},
                            {"Keep-Alive", "timeout=5"},
                            {"X-Hop", "1"},
                            {"Content-Length", "5"},
                            {"Transfer-Encoding", "chunked"},
                            {"Sec-WebSocket-ACCEPT", samples::accept},
                            {"Set-Cookie", "a"},
                            {"Sec-WebSocket-Extensions", "permessage-deflate;a"},
                            {"set-cookie", "b"}}};
  EXPECT_EQ(forward_answer(head),
            "HTTP/1.1 101 Switching Protocols\r\n"
            "server: x\r\n"
            "connection: Upgrade\r\n"
            "UPGRADE: WebSocket\r\n"
            "Sec-WebSocket-ACCEPT: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "Set-Cookie: a\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate;a\r\n"
            "set-cookie: b\r\n"
            "\r\n");
}

TEST(forward_refusal, passes_the_head_unaltered_but_for_connection) {
  const response_head head{401,
                           "Who are you?",
                           11,
                           {{"www-authenticate", "Basic"},
                            {"Connection", "keep-alive"},
                            {"Transfer-Encoding", "chunked"},
                            {"Keep-Alive", "timeout=5"},
                            {"Set-Cookie", "a"}}};
  EXPECT_EQ(forward_refusal(head),
            "HTTP/1.1 401 Who are you?\r\n"
            "www-authenticate: Basic\r\n"
            "Transfer-Encoding: chunked\r\n"
            "Set-Cookie: a\r\n"
            "Connection: close\r\n"
            "\r\n");
}

TEST(own_answer, accepts_with_the_first_subprotocol_and_no_extensions) {
  upgrade_offer offer;
  offer.key = samples::key;
  offer.subprotocols = {"chat", "superchat"};
  offer.extensions = {"permessage-deflate"};
  EXPECT_EQ(own_answer(offer),
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "Sec-WebSocket-Protocol: chat\r\n"
            "\r\n");
}

TEST(own_answer, passes_the_check_that_upstreams_answers_must_pass) {
  upgrade_offer offer;
  offer.key = samples::key;
  const auto got = parse_response(own_answer(offer), 4096);
  ASSERT_TRUE(got && *got);
  EXPECT_TRUE(check_upgrade_answer(offer, (*got)->head));
}

TEST(plain_answer, is_complete_and_closes) {
  EXPECT_EQ(plain_answer(503, "try later"),
            "HTTP/1.1 503 Service Unavailable\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 10\r\n"
            "Connection: close\r\n"
            "\r\n"
            "try later\n");
}

TEST(plain_answer, tells_with_426_what_would_be_accepted) {
  const std::string out = plain_answer(426, "no");
  EXPECT_THAT(out, testing::StartsWith("HTTP/1.1 426 Upgrade Required\r\n"));
  EXPECT_THAT(out, HasSubstr("\r\nUpgrade: websocket\r\n"));
  EXPECT_THAT(out, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
  EXPECT_THAT(out, HasSubstr("\r\nConnection: Upgrade, close\r\n"));
}

TEST(plain_answer, can_be_parsed_for_every_status_in_use_and_any_other) {
  for (const unsigned status : {400U, 403U, 404U, 408U, 426U, 431U, 500U, 502U, 503U, 504U, 599U}) {
    const std::string out = plain_answer(status, "why");
    const auto got = parse_response(out, 4096);
    ASSERT_TRUE(got && *got) << status;
    EXPECT_EQ((*got)->head.status, status);
    EXPECT_EQ(response_body((*got)->head).size, out.size() - (*got)->size);
  }
}

TEST(response_body, follows_the_order_of_rfc_9112) {
  using kind = body_length::kind;
  const auto how = [](unsigned status, field_list fields) {
    return response_body({status, "", 11, std::move(fields)});
  };
  EXPECT_EQ(how(204, {{"Content-Length", "5"}}).how, kind::none);
  EXPECT_EQ(how(304, {{"Content-Length", "5"}}).how, kind::none);
  EXPECT_EQ(how(103, {}).how, kind::none);
  EXPECT_EQ(how(404, {{"Transfer-Encoding", "gzip"}, {"transfer-encoding", "Chunked"}}).how, kind::chunked);
  EXPECT_EQ(how(404, {{"Transfer-Encoding", "gzip"}}).how, kind::until_eof);
  EXPECT_EQ(how(404, {}).how, kind::until_eof);
  const body_length sized = how(404, {{"content-length", "123456789012345678"}});
  EXPECT_EQ(sized.how, kind::sized);
  EXPECT_EQ(sized.size, 123456789012345678U);
}

}  // namespace
}  // namespace lastframe::http
