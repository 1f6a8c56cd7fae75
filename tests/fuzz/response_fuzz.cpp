// An answer from anyone: head, check of a 101, and the body's end.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/http/body.hpp"
#include "proxy/http/forward.hpp"
#include "proxy/http/upgrade.hpp"
#include "tests/fuzz/expect.hpp"

using namespace lastframe;
using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = http::parse_response(input, 32 << 10);
  if (!parsed || !*parsed) return 0;
  const http::response_head& head = (*parsed)->head;
  const http::upgrade_offer offer{.host = "h",
                                  .path = "/",
                                  .key = "dGhlIHNhbXBsZSBub25jZQ==",
                                  .subprotocols = {"a"},
                                  .extensions = {"x"}};
  if (http::check_upgrade_answer(offer, head)) {
    const std::string forwarded = http::forward_answer(head);
    const auto again = http::parse_response(forwarded, 64 << 10);
    expect(again && *again && http::check_upgrade_answer(offer, (*again)->head),
           "a forwarded 101 stays valid");
  }
  if (head.status == 101) return 0;
  const auto refusal = http::parse_response(http::forward_refusal(head), 64 << 10);
  expect(refusal && *refusal && (*refusal)->head.status == head.status,
         "a forwarded answer keeps its status");

  http::body_scanner whole(http::response_body(head));
  http::body_scanner bytewise(http::response_body(head));
  const std::string_view body = input.substr((*parsed)->size);
  const auto taken = whole.take(body);
  std::size_t count = 0;
  bool broken = false;
  for (std::size_t i = 0; i < body.size() && !bytewise.done() && !broken; ++i) {
    const auto one = bytewise.take(body.substr(i, 1));
    broken = !one;
    if (one) count += *one;
  }
  expect(broken == !taken, "a broken body is found wherever it is cut");
  expect(broken || count == *taken, "a body's end is found wherever it is cut");
  expect(broken || whole.done() == bytewise.done(), "a body is whole wherever it is cut");
  expect(!bytewise.done() || bytewise.ends_at_eof(), "a body that is whole may end with its connection");
  return 0;
}
