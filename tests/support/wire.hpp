// WebSocket frames as tests write and read them (RFC 6455 §5): an implementation of its own, which shares
// nothing with the one under test. Bytes are strings.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::support {

/// A frame; `payload` is never masked here.
struct wire_frame {
  bool fin = true;
  unsigned rsv = 0;  ///< three bits; RSV1 is 4
  unsigned opcode = 2;
  std::optional<std::uint32_t> mask{};  ///< its first byte on the wire is the highest
  std::string payload{};

  bool operator==(const wire_frame&) const = default;
};

/// A message put together from its fragments, or a control frame.
struct wire_message {
  unsigned opcode = 0;
  unsigned rsv = 0;  ///< of its first fragment
  std::string payload{};

  bool operator==(const wire_message&) const = default;
};

std::ostream& operator<<(std::ostream& out, const wire_frame& frame);
std::ostream& operator<<(std::ostream& out, const wire_message& message);

/// The frame's bytes, its length encoded minimally.
[[nodiscard]] std::string encode(const wire_frame& frame);

/// Frames that upstream sends, and those that a client sends, which are masked.
[[nodiscard]] std::string unmasked(unsigned opcode, std::string_view payload, bool fin = true);
[[nodiscard]] std::string masked(unsigned opcode, std::string_view payload, bool fin = true);
/// What stands in a Close frame; empty for 1005.
[[nodiscard]] std::string close_payload(unsigned code, std::string_view reason = {});
[[nodiscard]] std::string unmasked_close(unsigned code, std::string_view reason = {});
[[nodiscard]] std::string masked_close(unsigned code, std::string_view reason = {});

/// Reads frames from a stream of bytes that may be cut anywhere. Throws `std::runtime_error` on a length that
/// is not minimal.
class wire_decoder {
 public:
  void feed(std::string_view bytes);
  [[nodiscard]] const std::vector<wire_frame>& frames() const noexcept { return frames_; }
  /// Whether the bytes so far end with a frame.
  [[nodiscard]] bool at_boundary() const noexcept { return rest_.empty(); }

 private:
  std::string rest_;
  std::vector<wire_frame> frames_;
};

/// All frames of `bytes`, which end with a frame; else throws `std::runtime_error`.
[[nodiscard]] std::vector<wire_frame> decode(std::string_view bytes);

/// Messages at the place of their last fragment, control frames at their own. Throws `std::runtime_error`
/// where fragments do not fit together, and on RSV bits of a continuation. An unfinished last message is left
/// out.
[[nodiscard]] std::vector<wire_message> reassemble(const std::vector<wire_frame>& frames);

}  // namespace lastframe::support
