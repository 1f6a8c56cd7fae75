// UTF-8 (RFC 3629) and the status codes of a Close (RFC 6455 §7.4).
#pragma once

#include <string_view>

namespace lastframe::reference {

/// Whether `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool valid_utf8(std::string_view text) noexcept;

/// Whether an endpoint may put `code` into a Close frame: registered by IANA for that, or 3000 to 4999.
[[nodiscard]] bool sendable(unsigned code) noexcept;

}  // namespace lastframe::reference
