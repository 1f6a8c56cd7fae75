#include "telemetry/code_labels.hpp"

namespace lastframe::telemetry {

namespace {

constexpr bool is_registered(close_code code) {
  return code >= 1000 && code <= 1015;
}

}  // namespace

std::string to_label(close_code label) {
  return label == other_codes ? "other" : std::to_string(label);
}

void code_labels::name(const catalogue& names) noexcept {
  const auto give = [this](close_code code) {
    const std::size_t place = std::size_t{code} - first;
    if (place < codes) named_[place].store(true, std::memory_order_relaxed);
  };
  give(names.drain_code);
  for (const close_code code : names.failure_codes) give(code);
  for (const close_code code : names.client_lost_codes) give(code);
  for (const auto& [code, name] : names.app_codes) give(code);
  max_codes_.store(names.max_codes, std::memory_order_relaxed);
}

close_code code_labels::label(const leg_ending& ending) noexcept {
  const close_code code = ending.code;
  if (is_registered(code)) return code;
  const std::size_t place = std::size_t{code} - first;
  if (place >= codes) return other_codes;
  if (named_[place].load(std::memory_order_relaxed)) return code;
  return admitted(code, ending.from_upstream) ? code : other_codes;
}

bool code_labels::admitted(close_code code, bool may_take_a_slot) noexcept {
  const std::size_t most = max_codes_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < codes; ++i) {
    close_code holder = slots_[i].load(std::memory_order_relaxed);
    if (holder == code) return true;
    if (holder != 0) continue;
    if (!may_take_a_slot || i >= most) return false;
    // Everyone fills the first free slot, so a code can never hold two; who loses it sees the winner's code.
    if (slots_[i].compare_exchange_strong(holder, code, std::memory_order_relaxed) || holder == code)
      return true;
  }
  return false;
}

}  // namespace lastframe::telemetry
