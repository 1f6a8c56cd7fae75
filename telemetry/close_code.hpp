// What each close code means, who sends it, and what to do about it: the table behind `lastframe explain` and
// `lastframe_close_code_info`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

/// What a code says of how well a connection ended. The page, the dashboard and the recording rules colour
/// and sum by the same classes.
enum class close_class : std::uint8_t {
  clean,     ///< 1000, 1001, 1005: a peer was done
  restart,   ///< 1012: a drain, a lifetime that ended, or the service restarting
  service,   ///< 3000 to 4999, and the label `other`: the service's own words
  failure,   ///< 1002 to 1004, 1007 to 1011, 1013, 1014: a Close that tells of a fault
  abnormal,  ///< 1006, 1015: no Close at all
};

inline constexpr std::size_t close_class_count = 5;

constexpr std::string_view to_string(close_class value) {
  constexpr std::array<std::string_view, close_class_count> names{"clean", "restart", "service", "failure",
                                                                  "abnormal"};
  return names[static_cast<std::size_t>(value)];
}

/// The class of a code as counted.
[[nodiscard]] close_class class_of(close_code code) noexcept;

/// The name of a code that has an entry of its own, else empty.
[[nodiscard]] std::string_view close_code_name(close_code code) noexcept;

}  // namespace lastframe::telemetry
