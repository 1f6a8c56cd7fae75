#include <string>

#include <gtest/gtest.h>

#include "proxy/http/errc.hpp"
#include "proxy/http/upgrade.hpp"
#include "tests/unit/http/samples.hpp"

namespace lastframe::http {
namespace {

using samples::and_also;
using samples::upgrade_answer;
using samples::with;
using samples::without;

upgrade_offer offer() {
  upgrade_offer made;
  made.key = samples::key;
  made.subprotocols = {"chat", "superchat"};
  made.extensions = {"permessage-deflate", "x-foo"};
  return made;
}

agreement agreed(const response_head& head) {
  const auto checked = check_upgrade_answer(offer(), head);
  EXPECT_TRUE(checked) << checked.error().message();
  return checked ? *checked : agreement{};
}

bool fails(const response_head& head) {
  const auto checked = check_upgrade_answer(offer(), head);
  return !checked && checked.error() == errc::bad_upgrade_answer;
}

TEST(accept_value, answers_the_key_of_rfc_6455_as_the_rfc_does) {
  EXPECT_EQ(accept_value(samples::key), samples::accept);
}

TEST(check_upgrade_answer, accepts_a_plain_101) {
  const agreement got = agreed(upgrade_answer());
  EXPECT_EQ(got.subprotocol, "");
  EXPECT_FALSE(got.deflate);
  EXPECT_FALSE(got.other_extension);
}

TEST(check_upgrade_answer, does_not_mind_the_case_of_the_tokens) {
  agreed(with(with(upgrade_answer(), "Upgrade", "WebSocket"), "Connection", "keep-alive, upgrade"));
}

TEST(check_upgrade_answer, refuses_any_other_status_or_version) {
  response_head head = upgrade_answer();
  head.status = 200;
  EXPECT_TRUE(fails(head));
  head = upgrade_answer();
  head.version = 10;
  EXPECT_TRUE(fails(head));
}

TEST(check_upgrade_answer, refuses_a_wrong_or_missing_upgrade) {
  EXPECT_TRUE(fails(without(upgrade_answer(), "Upgrade")));
  EXPECT_TRUE(fails(with(upgrade_answer(), "Upgrade", "h2c")));
  EXPECT_TRUE(fails(with(upgrade_answer(), "Upgrade", "websocket, h2c")));
  EXPECT_TRUE(fails(and_also(upgrade_answer(), "Upgrade", "websocket")));
}

TEST(check_upgrade_answer, refuses_a_wrong_or_missing_connection) {
  EXPECT_TRUE(fails(without(upgrade_answer(), "Connection")));
  EXPECT_TRUE(fails(with(upgrade_answer(), "Connection", "close")));
}

TEST(check_upgrade_answer, refuses_a_wrong_or_missing_or_repeated_accept) {
  EXPECT_TRUE(fails(without(upgrade_answer(), "Sec-WebSocket-Accept")));
  EXPECT_TRUE(fails(with(upgrade_answer(), "Sec-WebSocket-Accept", "")));
  EXPECT_TRUE(fails(with(upgrade_answer(), "Sec-WebSocket-Accept", samples::key)));
  EXPECT_TRUE(fails(with(upgrade_answer(), "Sec-WebSocket-Accept", "S3PPLMBITXAQ9KYGZZHZRBK+XOO=")));
  EXPECT_TRUE(fails(and_also(upgrade_answer(), "Sec-WebSocket-Accept", samples::accept)));
}

TEST(check_upgrade_answer, accepts_a_subprotocol_that_was_offered) {
  EXPECT_EQ(agreed(with(upgrade_answer(), "Sec-WebSocket-Protocol", "superchat")).subprotocol, "superchat");
}

TEST(check_upgrade_answer, refuses_a_subprotocol_that_was_not_offered) {
  for (const char* chosen : {"other", "Chat", "chat, superchat", "chat;", ""})
    EXPECT_TRUE(fails(with(upgrade_answer(), "Sec-WebSocket-Protocol", chosen))) << chosen;
  upgrade_offer none = offer();
  none.subprotocols.clear();
  EXPECT_TRUE(
      check_upgrade_answer(none, with(upgrade_answer(), "Sec-WebSocket-Protocol", "chat")).has_error());
}

TEST(check_upgrade_answer, refuses_more_than_one_subprotocol) {
  EXPECT_TRUE(fails(and_also(with(upgrade_answer(), "Sec-WebSocket-Protocol", "chat"),
                             "Sec-WebSocket-Protocol", "superchat")));
}

TEST(check_upgrade_answer, tells_deflate_from_extensions_that_it_does_not_know) {
  agreement got = agreed(
      with(upgrade_answer(), "Sec-WebSocket-Extensions", "permessage-deflate; server_no_context_takeover"));
  EXPECT_TRUE(got.deflate);
  EXPECT_FALSE(got.other_extension);
  got = agreed(with(upgrade_answer(), "Sec-WebSocket-Extensions", "x-foo;a=1, permessage-deflate"));
  EXPECT_TRUE(got.deflate);
  EXPECT_TRUE(got.other_extension);
}

TEST(check_upgrade_answer, refuses_an_extension_that_was_not_offered) {
  EXPECT_TRUE(fails(with(upgrade_answer(), "Sec-WebSocket-Extensions", "x-bar")));
  EXPECT_TRUE(fails(with(upgrade_answer(), "Sec-WebSocket-Extensions", "permessage-deflate, x-bar")));
  EXPECT_TRUE(fails(with(upgrade_answer(), "Sec-WebSocket-Extensions", "; permessage-deflate")));
}

TEST(check_upgrade_answer, refuses_deflate_twice) {
  EXPECT_TRUE(
      fails(with(upgrade_answer(), "Sec-WebSocket-Extensions", "permessage-deflate, permessage-deflate; a")));
}

}  // namespace
}  // namespace lastframe::http
