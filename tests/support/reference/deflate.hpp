// permessage-deflate without context takeover (RFC 7692), by zlib.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lastframe::reference {

/// A message's payload, compressed (§7.2.1).
[[nodiscard]] std::string deflate_message(std::string_view plain);

/// The payload that was compressed (§7.2.2), or none if it is not a deflate stream.
[[nodiscard]] std::optional<std::string> inflate_message(std::string_view compressed);

}  // namespace lastframe::reference
