// A valid upgrade request and a valid 101, for tests to vary. The key and its answer are RFC 6455's own
// (§1.3).
#pragma once

#include <initializer_list>
#include <string_view>

#include "proxy/http/head.hpp"

namespace lastframe::http::samples {

inline constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

inline request_head upgrade_request() {
  return {"GET",
          "/chat?room=7",
          11,
          {{"Host", "service.example:8080"},
           {"Upgrade", "websocket"},
           {"Connection", "Upgrade"},
           {"Sec-WebSocket-Key", key},
           {"Sec-WebSocket-Version", "13"}}};
}

inline response_head upgrade_answer() {
  return {101,
          "Switching Protocols",
          11,
          {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", accept}}};
}

/// The head with that field's first value replaced; added if there was none. Here and below, what is passed
/// outlives the head.
template <class Head>
Head with(Head head, std::string_view name, std::string_view value) {
  for (field& each : head.fields) {
    if (each.name != name) continue;
    each.value = value;
    return head;
  }
  head.fields.push_back({name, value});
  return head;
}

/// The head with one more field.
template <class Head>
Head and_also(Head head, std::string_view name, std::string_view value) {
  head.fields.push_back({name, value});
  return head;
}

template <class Head>
Head without(Head head, std::string_view name) {
  std::erase_if(head.fields, [&](const field& each) { return each.name == name; });
  return head;
}

}  // namespace lastframe::http::samples
