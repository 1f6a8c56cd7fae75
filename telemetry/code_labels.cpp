#include "telemetry/code_labels.hpp"

#include <algorithm>

namespace lastframe::telemetry {

namespace {

constexpr bool is_registered(close_code code) {
  return code >= 1000 && code <= 1015;
}
constexpr bool is_applications(close_code code) {
  return code >= 3000 && code <= 4999;
}
constexpr std::size_t application_codes = 2'000;

std::vector<close_code> codes_of_the_configuration(const catalogue& names) {
  std::vector<close_code> codes{names.drain_code};
  codes.insert(codes.end(), names.failure_codes.begin(), names.failure_codes.end());
  codes.insert(codes.end(), names.client_lost_codes.begin(), names.client_lost_codes.end());
  for (const auto& [code, name] : names.app_codes) codes.push_back(code);
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

}  // namespace

std::string to_label(close_code label) {
  return label == other_codes ? "other" : std::to_string(label);
}

code_labels::code_labels(const catalogue& names)
    : named_(codes_of_the_configuration(names)), slots_(std::min(names.max_codes, application_codes)) {}

close_code code_labels::label(const leg_ending& ending) noexcept {
  const close_code code = ending.code;
  if (is_registered(code)) return code;
  if (!is_applications(code)) return other_codes;
  if (std::binary_search(named_.begin(), named_.end(), code)) return code;
  return admitted(code, ending.from_upstream) ? code : other_codes;
}

bool code_labels::admitted(close_code code, bool may_take_a_slot) noexcept {
  for (auto& slot : slots_) {
    close_code holder = slot.load(std::memory_order_relaxed);
    if (holder == code) return true;
    if (holder != 0) continue;
    if (!may_take_a_slot) return false;
    // Everyone fills the first free slot, so a code can never hold two; who loses it sees the winner's code.
    if (slot.compare_exchange_strong(holder, code, std::memory_order_relaxed) || holder == code) return true;
  }
  return false;
}

}  // namespace lastframe::telemetry
