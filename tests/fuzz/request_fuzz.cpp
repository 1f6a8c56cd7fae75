// An upgrade request from anyone: what is judged valid is forwarded as a head that is judged alike.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "proxy/http/forward.hpp"
#include "proxy/http/upgrade.hpp"
#include "tests/fuzz/expect.hpp"

using namespace lastframe;
using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = http::parse_request(input, 32 << 10);
  if (!parsed || !*parsed) return 0;
  expect((*parsed)->size <= size, "a head is no longer than its input");
  const auto judged = http::judge_upgrade((*parsed)->head);
  if (const auto* why = std::get_if<http::refusal>(&judged)) {
    const auto answer = http::parse_response(http::plain_answer(why->status, why->why), 64 << 10);
    expect(answer && *answer && (*answer)->head.status == why->status, "what refuses a request is an answer");
    return 0;
  }
  const auto* offer = std::get_if<http::upgrade_offer>(&judged);

  const std::string forwarded =
      http::forward_upgrade((*parsed)->head, {.client_address = "192.0.2.1", .upstream_host = {}});
  const auto again = http::parse_request(forwarded, 64 << 10);
  expect(again && *again, "what is forwarded is a head");
  expect((*again)->size == forwarded.size(), "nothing stands behind a forwarded head");
  const auto second = http::judge_upgrade((*again)->head);
  const auto* same = std::get_if<http::upgrade_offer>(&second);
  expect(same != nullptr, "what is forwarded is an upgrade request");
  expect(same->key == offer->key && same->path == offer->path && same->subprotocols == offer->subprotocols &&
             same->extensions == offer->extensions && same->host == offer->host,
         "what is forwarded asks for the same");
  const auto own = http::parse_response(http::own_answer(*offer), 64 << 10);
  expect(own && *own && (*own)->head.status == 101, "the proxy's own answer is a 101");
  expect(static_cast<bool>(http::check_upgrade_answer(*offer, (*own)->head)),
         "the proxy's own answer would be accepted");
  return 0;
}
