// Which close codes have a label value of their own, so that no peer can make series without end (DESIGN §5).
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include "telemetry/catalogue.hpp"
#include "telemetry/close_record.hpp"

namespace lastframe::telemetry {

/// The label value `other`.
inline constexpr close_code other_codes = 0;

/// The label `code`: the number, or `other`.
[[nodiscard]] std::string to_label(close_code label);

/// Decides labels. One for the process; any thread may ask at any time, without locks.
///
/// 1000 to 1015 and the codes that the configuration names always have their own. Any other code from 3000 to
/// 4999 takes one of `max_codes` slots when upstream is first seen to send it, and keeps it.
class code_labels {
 public:
  explicit code_labels(const catalogue& names);

  /// The code itself, or `other_codes`.
  [[nodiscard]] close_code label(const leg_ending& ending) noexcept;

 private:
  [[nodiscard]] bool admitted(close_code code, bool may_take_a_slot) noexcept;

  std::vector<close_code> named_;               ///< sorted
  std::vector<std::atomic<close_code>> slots_;  ///< filled from the front; 0: free
};

}  // namespace lastframe::telemetry
