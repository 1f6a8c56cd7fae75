// Frame headers (RFC 6455 §5.2): the codec, and short control frames of the proxy's own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lastframe::protocol {

using const_bytes = std::span<const std::byte>;
using mutable_bytes = std::span<std::byte>;
using masking_key = std::array<std::byte, 4>;

namespace opcodes {
inline constexpr std::uint8_t continuation = 0x0;
inline constexpr std::uint8_t text = 0x1;
inline constexpr std::uint8_t binary = 0x2;
inline constexpr std::uint8_t close = 0x8;
inline constexpr std::uint8_t ping = 0x9;
inline constexpr std::uint8_t pong = 0xA;
}  // namespace opcodes

inline constexpr std::size_t max_header_size = 14;
inline constexpr std::size_t max_control_payload = 125;

/// One frame's header, as it stands on the wire.
struct frame_header {
  std::uint64_t length = 0;  ///< of the payload
  std::uint8_t opcode = 0;   ///< four bits, reserved ones included
  std::uint8_t rsv = 0;      ///< three bits; RSV1 is 4
  bool fin = true;
  bool masked = false;
  masking_key mask{};  ///< meaningful if `masked`

  [[nodiscard]] bool is_control() const noexcept { return (opcode & 0x8) != 0; }
  /// A part of a message: text, binary or continuation. Reserved opcodes are neither control nor data to us.
  [[nodiscard]] bool is_data() const noexcept { return opcode <= opcodes::binary; }
  /// The bytes it takes when encoded with minimal length, 2 to 14.
  [[nodiscard]] std::size_t size() const noexcept {
    return 2U + (length > 0xFFFF ? 8U : length > max_control_payload ? 2U : 0U) + (masked ? 4U : 0U);
  }

  bool operator==(const frame_header&) const = default;
};

enum class decode_status : std::uint8_t { complete, incomplete, non_minimal_length };

/// Decodes the header at the start of `bytes` into `out`, which is written only if the answer is not
/// `incomplete`. A length that is not minimal, or has its highest bit set (§5.2), is `non_minimal_length`.
[[nodiscard]] decode_status decode_header(const_bytes bytes, frame_header& out) noexcept;

/// How long the header that starts with `bytes` is, or 2 while that cannot be told.
[[nodiscard]] std::size_t header_size_of(const_bytes bytes) noexcept;

/// Writes `header.size()` bytes to `out`, which has room for them. Returns that size.
std::size_t encode_header(const frame_header& header, std::byte* out) noexcept;

/// XORs `payload` with `key`, which applies from the payload's byte `offset` on (§5.3).
void apply_mask(mutable_bytes payload, const masking_key& key, std::size_t offset = 0) noexcept;

/// The key for the rest of a payload whose first `offset` bytes went ahead (§5.3: it repeats every 4 bytes).
[[nodiscard]] masking_key rotate(const masking_key& key, std::uint64_t offset) noexcept;

/// A whole control frame, in place: at most 131 bytes.
class control_frame {
 public:
  /// `payload` is at most 125 bytes; with a key the frame is masked, as those towards upstream must be
  /// (§5.3).
  control_frame(std::uint8_t opcode, const_bytes payload, const std::optional<masking_key>& key) noexcept;

  [[nodiscard]] const_bytes bytes() const noexcept { return {data_.data(), size_}; }

 private:
  std::array<std::byte, 6 + max_control_payload> data_;
  std::size_t size_ = 0;
};

}  // namespace lastframe::protocol
