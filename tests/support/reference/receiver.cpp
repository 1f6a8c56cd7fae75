#include "tests/support/reference/receiver.hpp"

#include <algorithm>

#include "tests/support/reference/deflate.hpp"
#include "tests/support/reference/text.hpp"

namespace lastframe::reference {

received receiver::fail(unsigned code, std::string_view why) {
  failure_code_ = code;
  why_ = why;
  return {.what = received::kind::failed};
}

// Whether a frame's head is all there now.
bool receiver::take_head(std::string_view& bytes) {
  if (pending_.empty()) {
    if (read_head(bytes, head_)) {
      bytes.remove_prefix(head_.size);
      return true;
    }
    pending_ = bytes;
    bytes = {};
    return false;
  }
  while (!bytes.empty()) {
    pending_ += bytes.front();
    bytes.remove_prefix(1);
    if (!read_head(pending_, head_)) continue;
    pending_.clear();
    return true;
  }
  return false;
}

// Fills in why not. What an unknown extension may mean by RSV bits and reserved opcodes is not judged.
bool receiver::head_is_legal() {
  const bool reserved = (head_.opcode > op::binary && head_.opcode < op::close) || head_.opcode > op::pong;
  if (head_.masked != is_server_) why_ = is_server_ ? "a frame is not masked" : "a frame is masked";
  if (!head_.minimal) why_ = "a length is not minimal";
  if (agreed_ != extension::unknown) {
    const bool first_data = head_.opcode == op::text || head_.opcode == op::binary;
    const unsigned legal = agreed_ == extension::deflate && first_data ? 4U : 0U;
    if ((head_.rsv & ~legal) != 0) why_ = "an RSV bit is set";
    if (reserved) why_ = "an opcode is reserved";
  } else if (reserved) {
    return why_.empty();
  }
  if (head_.control()) {
    if (!head_.fin) why_ = "a control frame is fragmented";
    if (head_.length > 125) why_ = "a control frame is too long";
  } else if ((head_.opcode == op::continuation) != in_message_) {
    why_ = in_message_ ? "a message begins inside another" : "a continuation continues nothing";
  }
  return why_.empty();
}

received receiver::next(std::string_view& bytes) {
  if (failure_code_ != 0 || close_) {
    bytes = {};
    return {};
  }
  if (fresh_) message_.clear();
  fresh_ = false;
  for (;;) {
    if (!in_frame_) {
      if (bytes.empty() || !take_head(bytes)) return {};
      if (!head_is_legal()) {
        bytes = {};
        return fail(1002, why_);
      }
      in_frame_ = true;
      done_ = 0;
      control_.clear();
      if (head_.opcode == op::text || head_.opcode == op::binary) {
        opcode_ = head_.opcode;
        compressed_ = agreed_ == extension::deflate && head_.rsv == 4;
      }
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(head_.length - done_, bytes.size()));
    std::string& payload = head_.opcode > op::binary ? control_ : message_;
    const std::size_t begin = payload.size();
    payload += bytes.substr(0, size);
    if (head_.masked) mask(payload.data() + begin, size, head_.key, done_);
    done_ += size;
    bytes.remove_prefix(size);
    if (done_ != head_.length) return {};
    in_frame_ = false;
    const received whole = end_frame();
    if (whole.what == received::kind::close || whole.what == received::kind::failed) bytes = {};
    if (whole.what != received::kind::none) return whole;
  }
}

received receiver::end_frame() {
  const bool data = head_.opcode <= op::binary;
  if (!data && (head_.opcode < op::close || head_.opcode > op::pong)) {
    return {.what = received::kind::frame, .opcode = head_.opcode, .payload = control_};
  }
  if (!data) return end_control();
  in_message_ = !head_.fin;
  return head_.fin ? end_message() : received{};
}

received receiver::end_control() {
  switch (head_.opcode) {
    case op::ping:
      return {.what = received::kind::ping, .opcode = op::ping, .payload = control_};
    case op::pong:
      return {.what = received::kind::pong, .opcode = op::pong, .payload = control_};
    default:
      return end_close();
  }
}

received receiver::end_close() {
  close_info said;
  if (control_.size() == 1) return fail(1002, "a Close has one byte");
  if (control_.size() >= 2) {
    said.code = static_cast<unsigned>(static_cast<unsigned char>(control_[0])) << 8 |
                static_cast<unsigned char>(control_[1]);
    said.reason = control_.substr(2);
    if (!sendable(said.code)) return fail(1002, "a Close has a code that may not be sent");
    if (!valid_utf8(said.reason)) return fail(1007, "a Close's reason is not UTF-8");
  }
  close_ = said;
  return {.what = received::kind::close, .opcode = op::close};
}

received receiver::end_message() {
  fresh_ = true;
  std::string_view payload = message_;
  if (compressed_) {
    auto plain = inflate_message(message_);
    if (!plain) return fail(1007, "a message does not inflate");
    plain_ = std::move(*plain);
    payload = plain_;
  }
  if (opcode_ == op::text && agreed_ != extension::unknown && !valid_utf8(payload)) {
    return fail(1007, "a text message is not UTF-8");
  }
  return {.what = received::kind::message, .opcode = opcode_, .payload = payload};
}

}  // namespace lastframe::reference
