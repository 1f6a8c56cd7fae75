// The receiving half of a strict endpoint: it checks all that RFC 6455 and RFC 7692 let it check.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/reference/frame.hpp"

namespace lastframe::reference {

/// What the two endpoints agreed on.
enum class extension : std::uint8_t { none, deflate, unknown };

/// What a Close says; 1005 if it carries no code (§7.1.5).
struct close_info {
  unsigned code = 1005;
  std::string reason;
};

/// Something that was received whole.
struct received {
  enum class kind : std::uint8_t {
    none,     ///< more bytes are needed
    message,  ///< `opcode` and `payload`: unmasked, put together, inflated
    frame,    ///< one of an unknown extension, as it came
    ping,
    pong,
    close,   ///< `close()` has it; nothing behind it is looked at
    failed,  ///< the endpoint must fail the connection with `failure_code()`; `why()` says what was wrong
  };
  kind what = kind::none;
  unsigned opcode = 0;
  std::string_view payload{};  ///< good until the next call
};

/// Yields what a peer sent. A server wants masked frames, a client unmasked ones (§5.1).
class receiver {
 public:
  receiver(bool is_server, extension agreed) : agreed_(agreed), is_server_(is_server) {}

  /// The next thing at the front of `bytes`, from which what was used is taken away. After `close` or
  /// `failed` all of it is.
  [[nodiscard]] received next(std::string_view& bytes);

  [[nodiscard]] const std::optional<close_info>& close() const noexcept { return close_; }
  [[nodiscard]] unsigned failure_code() const noexcept { return failure_code_; }
  [[nodiscard]] std::string_view why() const noexcept { return why_; }

 private:
  [[nodiscard]] bool take_head(std::string_view& bytes);
  [[nodiscard]] bool head_is_legal();
  [[nodiscard]] received end_frame();
  [[nodiscard]] received end_control();
  [[nodiscard]] received end_message();
  [[nodiscard]] received end_close();
  received fail(unsigned code, std::string_view why);

  std::string pending_;  // a head that is not all there
  std::string control_;  // payload of the control frame under way
  std::string message_;  // payload of the message under way
  std::string plain_;
  std::string_view why_;
  std::optional<close_info> close_;
  frame_head head_;
  std::uint64_t done_ = 0;  // payload bytes of the frame under way that were used
  unsigned opcode_ = 0;     // of the message under way
  unsigned failure_code_ = 0;
  extension agreed_;
  bool is_server_;
  bool in_frame_ = false;
  bool in_message_ = false;
  bool compressed_ = false;
  bool fresh_ = true;  // the last message was yielded: its payload may go
};

}  // namespace lastframe::reference
