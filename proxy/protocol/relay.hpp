// One direction of a tunnel: cuts what a peer sends into units that may be forwarded (DESIGN R1-R3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "proxy/protocol/byte_queue.hpp"
#include "proxy/protocol/frame.hpp"
#include "proxy/protocol/scanner.hpp"

namespace lastframe::protocol {

/// Data frames up to this size are forwarded whole (R3).
inline constexpr std::size_t hold = 16 << 10;
/// The largest piece of a split frame.
inline constexpr std::size_t largest_piece = 256 << 10;

/// The fewest payload bytes that are worth more system calls than their copies cost (docs/performance.md).
inline constexpr std::size_t least_passing = 28 << 10;

/// What `relay::next` found.
enum class unit_kind : std::uint8_t {
  none,     ///< the input is used up; what is unfinished is held
  data,     ///< a whole frame, a piece made a fragment, or a part of a frame that may not be split; messages
            ///< of one small frame each that follow it whole
  control,  ///< a whole Close, Ping or Pong
  violation,  ///< the peer broke the protocol; nothing behind it can be understood
  too_big,    ///< a header announced more than `max_message`; its payload is skipped
};

/// One unit. It begins with what stands in `relay::held()`, which the caller empties, and goes on with
/// `bytes`, which stand in the input; either may be empty. A control frame is wholly in one of them.
struct unit {
  unit_kind kind = unit_kind::none;
  violation why = violation::none;  ///< for `violation`
  const_bytes bytes{};
};

/// Cuts one peer's bytes into units. Does no I/O and copies only what must be held.
class relay {
 public:
  relay(telemetry::leg from, const framing& rules, std::uint64_t max_message, buffer_budget& budget) noexcept
      : held_(budget),
        scanner_(from, rules),
        max_message_(max_message),
        split_(rules.split && !rules.other_extension) {}

  /// Takes the next unit off the front of `in`. Call until it yields `none`. `max_header_size` bytes before
  /// the first input's start must be writable, as are the input's own bytes: a fragment's header is written
  /// in place before its payload. A unit's bytes are good until the next call and as long as the input.
  [[nodiscard]] unit next(mutable_bytes& in);

  /// How many payload bytes of the frame under way may pass without being read: none, or at least
  /// `least_passing`.
  [[nodiscard]] std::size_t passable() const noexcept;
  /// `n` of these are on their way. The unit is the fragment that they end: its beginning is held. `none`:
  /// they are too few for a piece, and must be read after all.
  [[nodiscard]] unit pass(std::size_t n);
  /// How many bytes lead to the next place from which payload may pass; SIZE_MAX where none is known.
  [[nodiscard]] std::size_t next_passable() const noexcept;

  [[nodiscard]] const frame_header& header() const noexcept { return header_; }  ///< of the unit last yielded
  [[nodiscard]] byte_queue& held() noexcept { return held_; }
  [[nodiscard]] const byte_queue& held() const noexcept { return held_; }

  /// From now on data is skipped instead of yielded and held; control frames are yielded as before.
  void discard() noexcept;

  /// Whether units so far end inside a frame that may not be split: nothing else may be sent then (R1).
  [[nodiscard]] bool inside_frame() const noexcept { return inside_frame_; }
  /// Whether a part of a message was yielded and its end was not.
  [[nodiscard]] bool inside_message() const noexcept { return message_open_; }
  /// Whether a frame or its header has begun and not ended.
  [[nodiscard]] bool unfinished() const noexcept { return phase_ != phase::header || !held_.empty(); }

  /// Whether `in`, which begins with a frame, has the last byte of a message or a Close in it.
  [[nodiscard]] static bool ends_message(const_bytes in) noexcept;

  /// What was received.
  struct totals {
    std::uint64_t frames = 0;
    std::uint64_t messages = 0;
    std::uint64_t payload_bytes = 0;
  };
  [[nodiscard]] const totals& received() const noexcept { return received_; }

 private:
  enum class phase : std::uint8_t { header, whole, piece, raw, skip };

  [[nodiscard]] bool read_header(mutable_bytes& in, decode_status& status);
  [[nodiscard]] unit one(mutable_bytes& in);
  [[nodiscard]] unit step(mutable_bytes& in);
  [[nodiscard]] unit begin_frame(mutable_bytes& in);
  [[nodiscard]] unit next_whole(mutable_bytes& in);
  [[nodiscard]] bool is_between_messages() const noexcept {
    return phase_ == phase::header && !message_open_ && !discard_;
  }
  [[nodiscard]] std::size_t count_messages(const_bytes in) noexcept;
  [[nodiscard]] unit next_piece(mutable_bytes& in);
  [[nodiscard]] unit next_raw(mutable_bytes& in);
  [[nodiscard]] unit next_skip(mutable_bytes& in);
  [[nodiscard]] unit emit_piece(mutable_bytes& in);
  [[nodiscard]] frame_header begin_piece(std::size_t size) noexcept;
  [[nodiscard]] std::size_t unseen() const noexcept;
  [[nodiscard]] std::size_t smallest_piece() const noexcept;
  [[nodiscard]] bool is_known_control() const noexcept;
  void drop_header(mutable_bytes& in) noexcept;
  void end_frame() noexcept;
  void count_payload(std::uint64_t n) noexcept;

  byte_queue held_;
  frame_header header_;
  scanner scanner_;
  std::uint64_t max_message_;
  std::uint64_t remaining_ = 0;  // payload of the current frame that was not yielded
  totals received_;
  phase phase_ = phase::header;
  bool split_;
  bool discard_ = false;
  bool started_ = false;       // the header of the current raw frame was yielded
  bool inside_frame_ = false;  // a part of a raw frame was yielded, and its end was not
  bool message_open_ = false;  // a part of the current message was yielded, and its end was not
};

}  // namespace lastframe::protocol
