#include "proxy/config/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "proxy/config/machine.hpp"
#include "proxy/config/sections.hpp"

namespace lastframe::config {
namespace {

constexpr std::size_t largest_file = 4 << 20;

void read_settings(const value& root, settings& to, const surroundings& around) {
  read_mapping(
      root, {
                {"listeners", [&](const value& v) { read_listeners(v, to.listeners); }, presence::required},
                {"routes", [&](const value& v) { read_routes(v, to.routes); }, presence::required},
                {"limits", [&](const value& v) { read_limits(v, to.limits, around); }},
                {"drain", [&](const value& v) { read_drain(v, to.drain); }},
                {"telemetry", [&](const value& v) { read_telemetry(v, to.telemetry); }},
                {"log", [&](const value& v) { read_log(v, to.log); }},
                {"forwarded", [](const value& v) { read_forwarded(v); }},
                {"workers", [&](const value& v) { read_workers(v, to.workers); }},
            });
}

load_result failed(fault_list& faults) {
  return {nullptr, faults.take()};
}

}  // namespace

surroundings process_surroundings() {
  const auto variable = [](std::string_view name) -> std::optional<std::string> {
    const char* const found = std::getenv(std::string{name}.c_str());
    return found == nullptr ? std::nullopt : std::optional<std::string>{found};
  };
  return {variable, descriptor_limit(), usable_cpus()};
}

std::size_t automatic_connections(std::size_t descriptor_limit) noexcept {
  constexpr std::size_t kept = 256;
  constexpr std::size_t most = 100'000;
  const std::size_t free = descriptor_limit > kept ? descriptor_limit - kept : 0;
  return std::clamp<std::size_t>(free / 2, 1, most);
}

load_result load_text(const std::string& text, const std::string& name, const surroundings& around) {
  fault_list faults{name};
  const node_ptr document = read_document(text, around.variable, faults);
  if (!document) {
    return failed(faults);
  }
  auto result = std::make_shared<settings>();
  result->limits.connections = automatic_connections(around.descriptor_limit);
  result->workers = std::max<std::size_t>(1, around.cpus);
  read_settings({*document, document->where, "", faults}, *result, around);
  if (!faults.empty()) {
    return failed(faults);
  }
  return {std::move(result), {}};
}

load_result load_file(const std::string& path, const surroundings& around) {
  fault_list faults{path};
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  std::string text(largest_file + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  // At the end of the file the stream has failed as well; nothing at all was read, without that end, from a
  // directory.
  if (!in.eof() && text.size() <= largest_file) {
    const std::string why = errno != 0 ? std::system_category().message(errno) : "it is no file";
    faults.add({}, "cannot be read: " + why);
    return failed(faults);
  }
  if (text.size() > largest_file) {
    faults.add({}, "larger than 4 MiB, which no configuration is");
    return failed(faults);
  }
  return load_text(text, path, around);
}

}  // namespace lastframe::config
