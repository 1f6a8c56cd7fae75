#include "telemetry/codes_page.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "telemetry/close_code.hpp"
#include "telemetry/text.hpp"

namespace lastframe::telemetry {

namespace {

std::string code_object(const close_code_info& info) {
  line_builder object{log_format::json};
  object.add("first", std::uint64_t{info.first});
  object.add("last", std::uint64_t{info.last});
  object.add("name", info.name);
  object.add("class", to_string(class_of(info.first)));
  object.add("on_wire", info.on_wire);
  object.add("meaning", info.meaning);
  object.add("sender", info.sender);
  object.add("operator_hint", info.operator_hint);
  object.add("client_hint", info.client_hint);
  return object.take();
}

}  // namespace

std::string codes_page(const catalogue& names) {
  std::string out = "{\"codes\":[";
  const char* separator = "\n";
  for (const close_code_info& info : close_code_table()) {
    out += std::exchange(separator, ",\n") + code_object(info);
  }
  line_builder named{log_format::json};
  for (const auto& [code, name] : names.app_codes) named.add(std::to_string(code), name);
  out += "],\n\"app_codes\":" + named.take() + ",\n\"causes\":[";
  for (std::size_t i = 0; i < cause_count; ++i) {
    out += (i == 0 ? "\"" : ",\"") + std::string{to_string(static_cast<cause>(i))} + '"';
  }
  return out + "]}\n";
}

}  // namespace lastframe::telemetry
