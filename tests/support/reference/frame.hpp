// A frame's head (RFC 6455 §5.2), read strictly and written as told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lastframe::reference {

namespace op {
inline constexpr unsigned continuation = 0;
inline constexpr unsigned text = 1;
inline constexpr unsigned binary = 2;
inline constexpr unsigned close = 8;
inline constexpr unsigned ping = 9;
inline constexpr unsigned pong = 10;
}  // namespace op

/// How the length is written. All but `shortest` are for tests of what refuses them.
enum class length_form : std::uint8_t { shortest, two_bytes, eight_bytes };

struct frame_head {
  std::uint64_t length = 0;
  std::uint32_t key = 0;  ///< its first byte on the wire is the highest
  std::uint8_t opcode = 0;
  std::uint8_t rsv = 0;  ///< RSV1 is 4
  bool fin = true;
  bool masked = false;
  std::uint8_t size = 0;  ///< of the head on the wire; set by `read_head`
  bool minimal = true;    ///< whether its length is encoded as §5.2 wants; set by `read_head`

  [[nodiscard]] bool control() const noexcept { return opcode >= 8; }
};

/// Reads the head at the start of `bytes`. Whether it is all there; `out` is written only then.
[[nodiscard]] bool read_head(std::string_view bytes, frame_head& out) noexcept;

/// Appends the head to `out`. Returns its size.
std::size_t write_head(std::string& out, const frame_head& head, length_form form = length_form::shortest);

/// Appends `payload` to `out`, masked if the head says so.
void write_payload(std::string& out, const frame_head& head, std::string_view payload);

/// XORs `size` bytes with `key`, from the payload's byte `offset` on (§5.3).
void mask(char* bytes, std::size_t size, std::uint32_t key, std::uint64_t offset) noexcept;

/// The key that masks the rest of a payload as `key` would from byte `offset` on.
[[nodiscard]] constexpr std::uint32_t key_from(std::uint32_t key, std::uint64_t offset) noexcept {
  const unsigned shift = 8 * static_cast<unsigned>(offset % 4);
  return shift == 0 ? key : key << shift | key >> (32 - shift);
}

}  // namespace lastframe::reference
