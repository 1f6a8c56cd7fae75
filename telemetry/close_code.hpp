// What each close code means, who sends it, and what to do about it: the table behind `lastframe explain` and
// `lastframe_close_code_info`.
#pragma once

#include <span>
#include <string_view>

#include "telemetry/close_record.hpp"

namespace lastframe::telemetry {

/// One close code, or one range of them (RFC 6455 §7.4 and the IANA registry that it founded). Static
/// storage.
struct close_code_info {
  close_code first;                ///< the code; of a range: its first
  close_code last;                 ///< equal to `first` but for a range
  std::string_view name;           ///< snake_case, as the label `name` shows it
  bool on_wire;                    ///< false: only ever counted, never in a Close frame
  std::string_view meaning;        ///< one or two sentences
  std::string_view sender;         ///< who sends it, and in which of lastframe's cases
  std::string_view operator_hint;  ///< what an operator should look at
  std::string_view client_hint;    ///< what a client should do: whether and how to reconnect

  [[nodiscard]] constexpr bool is_range() const noexcept { return first != last; }
};

/// What is known of `code`: its own entry, else that of the range it lies in, else null (codes that are
/// neither registered nor free for applications).
[[nodiscard]] const close_code_info* find_close_code(close_code code) noexcept;

/// All entries in ascending order; a range stands behind the codes that lie in it.
[[nodiscard]] std::span<const close_code_info> close_code_table() noexcept;

/// The name of a code that has an entry of its own, else empty.
[[nodiscard]] std::string_view close_code_name(close_code code) noexcept;

}  // namespace lastframe::telemetry
