// Whatever peers say, a tunnel gives one line, and as JSON a valid one.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "telemetry/tunnel_line.hpp"
#include "tests/fuzz/expect.hpp"

using namespace lastframe;
using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t part = size / 4;
  telemetry::tunnel_summary tunnel;
  tunnel.host = input.substr(0, part);
  tunnel.path = input.substr(part, part);
  tunnel.subprotocol = input.substr(2 * part, part);
  tunnel.ending.client = telemetry::leg_ending{.code = 4001, .reason = std::string(input.substr(3 * part))};

  telemetry::catalogue names;
  names.routes = {"chat"};
  const std::string json = telemetry::tunnel_line(tunnel, names, telemetry::log_format::json);
  expect(json.find('\n') == std::string::npos, "JSON stays on one line");
  const auto read = nlohmann::json::parse(json, nullptr, false);
  expect(!read.is_discarded() && read.is_object(), "JSON is valid");
  const std::string text = telemetry::tunnel_line(tunnel, names, telemetry::log_format::text);
  for (const char c : text)
    expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "text has no control characters");
  return 0;
}
