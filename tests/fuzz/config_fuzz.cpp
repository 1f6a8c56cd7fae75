// Any text as a configuration: settings, or at least one fault at a place in the file.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/config/load.hpp"
#include "tests/fuzz/expect.hpp"

using namespace lastframe;
using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const config::surroundings around{
      .variable = [](std::string_view) { return std::optional<std::string>("x"); },
      .descriptor_limit = 20'000,
      .cpus = 2};
  const config::load_result result = config::load_text(text, "fuzz.yaml", around);
  expect(static_cast<bool>(result) == result.faults.empty(), "a file is loaded, or its faults are told");
  for (const config::fault& each : result.faults)
    expect(!config::to_string(each).empty(), "a fault has words");
  if (!result) return 0;
  expect(!result.loaded->listeners.empty() && !result.loaded->routes.empty(), "what is loaded can run");
  expect(result.loaded->workers > 0, "somebody works");
  return 0;
}
