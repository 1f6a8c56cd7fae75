// What one peer sent, and whether what the proxy wrote to the other one is that, bit for bit and in order,
// and nothing else but whole frames of the proxy's own between (R1-R3, R5, R7, R8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/agenda.hpp"
#include "tests/support/reference/receiver.hpp"

namespace lastframe::simulation {

/// What both peers and the proxy agreed on.
struct agreement {
  reference::extension extension = reference::extension::none;
  bool may_split = true;
  std::optional<std::uint64_t> max_message;
};

/// Something that ends a tunnel, found when the proxy has read up to `offset`.
struct trigger {
  enum class kind : std::uint8_t { close, violation, too_big };
  std::uint64_t offset;
  kind what;
  reference::close_info said;
};

/// A message as its sender meant it.
struct sent_message {
  unsigned opcode;
  std::uint64_t begin;  ///< in `plain`
  std::uint64_t size;
  bool bad_text;  ///< not UTF-8: its receiver will fail the connection
};

/// One direction of a tunnel, from peer `from` to the other.
class ledger {
 public:
  void begin(std::size_t from, const agreement& agreed, const std::string& wire, const std::string& output);

  // What the sender tells.
  /// A frame begins at byte `begin` of `wire`; `violates` if no receiver may accept it.
  void add_frame(std::uint64_t begin, const reference::frame_head& head, std::size_t head_size,
                 bool violates);
  void add_close(const reference::close_info& said, bool valid);
  /// Its Pong answers a Ping of the proxy's.
  void swallow_last() { frames_.back().swallowed = true; }
  std::string plain;                   ///< of all messages, one behind the other
  std::vector<sent_message> messages;  ///< complete ones, in order

  // What the proxy does.
  void follow(sim_time now);  ///< it wrote more

  // What it came to.
  /// Whether a frame's header was written, and not all of its payload.
  [[nodiscard]] bool inside_payload() const noexcept { return in_frame_; }
  [[nodiscard]] bool at_boundary() const noexcept { return at_ == output_->size() && !in_frame_; }
  /// Where the Close that the proxy wrote ends in the output; 0 if there is none.
  [[nodiscard]] std::uint64_t close_end() const noexcept { return close_end_; }
  [[nodiscard]] const reference::close_info& close_written() const noexcept { return close_written_; }
  [[nodiscard]] bool close_relayed() const noexcept { return close_relayed_; }
  [[nodiscard]] const std::vector<trigger>& triggers() const noexcept { return triggers_; }
  /// The first Close that stands in the first `taken` bytes, with nothing before it that cannot be
  /// understood.
  [[nodiscard]] const trigger* close_within(std::uint64_t taken) const noexcept;
  /// How many of the frames that end within the first `taken` bytes are still to be forwarded.
  [[nodiscard]] std::size_t missing(std::uint64_t taken) const noexcept;
  /// When the unfinished frame at byte `taken` began to be read is for the caller to know; whether there is
  /// one.
  [[nodiscard]] bool inside_frame(std::uint64_t taken) const noexcept;

  struct ping {
    std::string payload;
    sim_time at;  ///< when its first byte was written
    bool own;
  };
  /// Pings to the receiver, relayed ones and the proxy's own.
  [[nodiscard]] const std::vector<ping>& pings() const noexcept { return pings_; }
  [[nodiscard]] bool is_own_ping(std::string_view payload) const noexcept;
  /// Whether the sender's Pong with this payload stands in its first `taken` bytes.
  [[nodiscard]] bool has_pong(std::string_view payload, std::uint64_t taken) const;
  /// How many frames begin before byte `taken`.
  [[nodiscard]] std::size_t frames_begun(std::uint64_t taken) const noexcept;
  [[nodiscard]] std::uint64_t split_frames() const noexcept { return split_frames_; }
  /// The most payload of a message forwarded so far: pieces grow with it.
  [[nodiscard]] std::uint64_t longest_message() const noexcept { return longest_; }

 private:
  struct frame {
    std::uint64_t begin;
    reference::frame_head head;
    std::uint8_t head_size;
    bool swallowed;
    [[nodiscard]] std::uint64_t end() const noexcept {
      const std::uint64_t sum = begin + head_size + head.length;
      return sum < begin ? UINT64_MAX : sum;
    }
  };

  [[nodiscard]] bool begin_output_frame();
  void begin_data(const reference::frame_head& out);
  void check_piece(const frame& in, const reference::frame_head& out) const;
  [[nodiscard]] bool follow_payload();
  void judge_control(std::string_view whole);
  void judge_own(std::string_view whole);
  void skip_swallowed() noexcept;

  const std::string* wire_ = nullptr;
  const std::string* output_ = nullptr;
  agreement agreed_;
  std::vector<frame> frames_;
  std::vector<trigger> triggers_;
  std::vector<ping> pings_;
  std::size_t from_ = 0;
  std::size_t next_ = 0;      // the frame to be forwarded next
  std::uint64_t offset_ = 0;  // payload bytes of it that were
  std::uint64_t at_ = 0;      // in the output: looked at so far
  sim_time began_at_ = -1;    // when the first byte of the control frame there was written
  std::uint64_t left_ = 0;    // payload of the output's frame that is still to come
  std::uint64_t announced_ = 0;
  std::uint64_t message_ = 0;
  std::uint64_t longest_ = 0;
  std::uint64_t close_end_ = 0;
  std::uint64_t split_frames_ = 0;
  reference::close_info close_written_;
  reference::frame_head head_;
  bool in_frame_ = false;
  bool close_relayed_ = false;
};

}  // namespace lastframe::simulation
