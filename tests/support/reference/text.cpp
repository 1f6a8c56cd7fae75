#include "tests/support/reference/text.hpp"

#include <cstdint>

namespace lastframe::reference {

// By the code point that comes out, not by a table of bytes.
bool valid_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    if (lead < 0x80) continue;
    int more = 0;
    std::uint32_t point = 0;
    if ((lead & 0xE0) == 0xC0) {
      more = 1;
      point = lead & 0x1FU;
    } else if ((lead & 0xF0) == 0xE0) {
      more = 2;
      point = lead & 0x0FU;
    } else if ((lead & 0xF8) == 0xF0) {
      more = 3;
      point = lead & 0x07U;
    } else {
      return false;
    }
    const std::uint32_t least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    for (; more > 0; --more) {
      if (i == text.size()) return false;
      const auto next = static_cast<unsigned char>(text[i++]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3FU);
    }
    if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  }
  return true;
}

bool sendable(unsigned code) noexcept {
  switch (code) {
    case 1000:
    case 1001:
    case 1002:
    case 1003:
    case 1007:
    case 1008:
    case 1009:
    case 1010:
    case 1011:
    case 1012:
    case 1013:
    case 1014:
      return true;
    default:
      return code >= 3000 && code < 5000;
  }
}

}  // namespace lastframe::reference
