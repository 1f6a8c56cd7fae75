// The parts of a request's target (RFC 9112 §3.2).
#pragma once

#include <string_view>

#include "proxy/http/text.hpp"

namespace lastframe::http {

/// Views into the target they came from.
struct target_parts {
  std::string_view authority;  ///< of the absolute form; empty in the origin form
  std::string_view origin;  ///< path and query, what upstream is asked for; empty: neither of the two forms
};

/// `/path?query` or `http://authority/path?query` (also https, ws, wss); anything else has an empty `origin`.
[[nodiscard]] constexpr target_parts split_target(std::string_view target) noexcept {
  if (target.starts_with('/')) return {{}, target};
  for (const std::string_view scheme : {"http://", "https://", "ws://", "wss://"}) {
    if (!starts_ignoring_case(target, scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const auto end = rest.find_first_of("/?");
    if (end == 0) return {};
    if (end == std::string_view::npos) return {rest, "/"};
    // `http://host?query` has an empty path, which the origin form cannot show.
    if (rest[end] == '?') return {};
    return {rest.substr(0, end), rest.substr(end)};
  }
  return {};
}

}  // namespace lastframe::http
