// What the relay passes on, read by the tests' own decoder, is what came in, read by the same: whatever the
// bytes and wherever they are cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/relay.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/support/wire.hpp"

namespace {

using namespace lastframe;
using fuzz::expect;

/// The relay's side of it: feeds `input` in reads of `step` bytes and returns what it yields up to a
/// violation.
struct outcome {
  std::string out;
  std::size_t understood = 0;  // bytes of the input before a violation
  bool broken = false;
};

outcome run(std::string_view input, telemetry::leg from, const protocol::framing& rules, std::size_t step) {
  protocol::buffer_budget budget(1 << 30);
  protocol::relay relay(from, rules, UINT64_MAX, budget);
  outcome result;
  std::vector<std::byte> memory(protocol::max_header_size + step);
  for (std::size_t at = 0; at < input.size() && !result.broken; at += step) {
    const auto part = input.substr(at, step);
    std::ranges::copy(std::as_bytes(std::span(part)), memory.begin() + protocol::max_header_size);
    auto in = protocol::mutable_bytes(memory).subspan(protocol::max_header_size, part.size());
    for (;;) {
      const protocol::unit found = relay.next(in);
      if (found.kind == protocol::unit_kind::none) break;
      if (found.kind == protocol::unit_kind::violation) {
        result.broken = true;
        break;
      }
      for (const protocol::const_bytes bytes : {relay.held().bytes(), found.bytes}) {
        result.out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      }
      relay.held().clear();
    }
    expect(relay.held().size() <= protocol::largest_piece + protocol::max_header_size,
           "a leg holds at most one piece");
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto from = (data[0] & 1) != 0 ? telemetry::leg::client : telemetry::leg::upstream;
  const protocol::framing rules{
      .deflate = (data[0] & 2) != 0, .other_extension = (data[0] & 8) != 0, .split = (data[0] & 4) != 0};
  const std::size_t step = 1U + data[1] * 256U + data[2];
  const std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);

  const outcome whole = run(input, from, rules, std::max<std::size_t>(input.size(), 1));
  const outcome cut = run(input, from, rules, step);
  expect(whole.broken == cut.broken, "a violation is found wherever the bytes are cut");
  if (!rules.split || rules.other_extension) {
    // Not a frame is split then, and frames of an unknown extension are nobody's to put together.
    expect(input.starts_with(whole.out) && input.starts_with(cut.out), "frames pass bit for bit");
    expect(whole.broken || whole.out == cut.out, "the same passes wherever the bytes are cut");
  }
  if (rules.other_extension) return 0;

  support::wire_decoder before;
  support::wire_decoder after;
  support::wire_decoder after_cut;
  try {
    after.feed(whole.out);
    after_cut.feed(cut.out);
    const auto relayed = support::reassemble(after.frames());
    expect(relayed == support::reassemble(after_cut.frames()),
           "messages are the same wherever the bytes are cut");
    if (whole.broken) return 0;
    before.feed(input);
    expect(relayed == support::reassemble(before.frames()), "messages pass unchanged");
  } catch (const std::runtime_error& error) {
    expect(false, error.what());
  }
  expect(!rules.split || after.at_boundary(), "what is queued ends on a frame boundary");
  return 0;
}
