// Which close codes have a label value of their own, so that no peer can make series without end (DESIGN §5).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>

#include "telemetry/catalogue.hpp"
#include "telemetry/close_record.hpp"

namespace lastframe::telemetry {

/// The label value `other`.
inline constexpr close_code other_codes = 0;

/// The label `code`: the number, or `other`.
[[nodiscard]] std::string to_label(close_code label);

/// Decides labels. One for the process; any thread may ask at any time, without locks.
///
/// 1000 to 1015 and the codes that the configuration names, or once named, always have their own. Any other
/// code from 3000 to 4999 takes one of `max_codes` slots when upstream is first seen to send it, and keeps
/// it.
class code_labels {
 public:
  explicit code_labels(const catalogue& names) { name(names); }

  /// Gives the codes of another configuration their own too; from here on its `max_codes` holds for codes
  /// that have no slot yet. One thread at a time.
  void name(const catalogue& names) noexcept;

  /// The code itself, or `other_codes`.
  [[nodiscard]] close_code label(const leg_ending& ending) noexcept;

 private:
  [[nodiscard]] bool admitted(close_code code, bool may_take_a_slot) noexcept;

  static constexpr close_code first = 3'000;  ///< of those that are for applications
  static constexpr std::size_t codes = 2'000;

  std::array<std::atomic<bool>, codes> named_{};        ///< by code, from `first`
  std::array<std::atomic<close_code>, codes> slots_{};  ///< filled from the front; 0: free
  std::atomic<std::size_t> max_codes_{0};
};

}  // namespace lastframe::telemetry
