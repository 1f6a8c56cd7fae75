// Short words for the tests of the tunnel machine.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/tunnel_script.hpp"

namespace lastframe::support {

using namespace std::chrono_literals;
using messages = std::vector<wire_message>;

inline wire_message text_of(std::string payload) {
  return {.opcode = 1, .payload = std::move(payload)};
}
inline wire_message close_of(unsigned code, std::string_view reason = {}) {
  return {.opcode = 8, .payload = close_payload(code, reason)};
}

/// Asserts how a finished tunnel was recorded, reasons aside.
inline void expect_record(tunnel_script& t, initiator by, cause why, unsigned client_code,
                          unsigned upstream_code) {
  const telemetry::close_record& record = t.record();
  EXPECT_EQ(record.by, by);
  EXPECT_EQ(record.why, why);
  ASSERT_TRUE(record.client.has_value());
  ASSERT_TRUE(record.upstream.has_value());
  EXPECT_EQ(record.client->code, client_code);
  EXPECT_EQ(record.upstream->code, upstream_code);
}

/// Asserts that a peer got one Close with `code`, as the last that it got, and returns what came before it.
inline messages expect_close(tunnel_script& t, leg which, unsigned code) {
  messages all = t.got(which);
  if (all.empty() || all.back().opcode != 8) {
    ADD_FAILURE() << to_string(which) << " got no close";
    return all;
  }
  EXPECT_EQ(all.back().payload.substr(0, 2), close_payload(code)) << all.back();
  all.pop_back();
  for (const wire_message& message : all) EXPECT_NE(message.opcode, 8U) << "two closes";
  return all;
}

}  // namespace lastframe::support
