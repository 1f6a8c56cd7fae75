// How a model endpoint's part ends.
#include <algorithm>

#include "tests/simulation/peer.hpp"

namespace lastframe::simulation {

namespace op = reference::op;
using reference::frame_head;
using reference::length_form;

void peer::finish() {
  if (trace_->on()) trace_->say(name_of(which_), "finale: " + std::string(to_string(plan_.last)));
  switch (plan_.last) {
    case finale::none:
      return;
    case finale::eof:
    case finale::gone:
    case finale::reset:
      if (plan_.last == finale::eof) return send_fin();
      return quit(plan_.last == finale::reset);
    case finale::close:
    case finale::close_empty:
    case finale::close_and_fin:
    case finale::close_and_gone:
    case finale::close_and_reset:
    case finale::close_and_more:
      return finish_by_close(plan_.last);
    case finale::mid_frame_eof:
    case finale::mid_frame_reset:
    case finale::mid_message_eof:
    case finale::huge_frame:
    case finale::half_frame:
      return finish_inside_frame(plan_.last);
    case finale::too_big:
      return send_too_big();
    case finale::bad_text:
      begin_message(random_.below(40), true);
      return plan_act(plan_.pace);
    case finale::stop_reading:
      reads_ = false;
      had_finale_ = false;  // it goes on sending
      plan_.last = finale::none;
      acts_left_ = static_cast<unsigned>(random_.below(20));
      return plan_act(plan_.pace);
    case finale::silent:
      mute_ = true;
      return;
    case finale::blackhole:
      return wire_->blackhole();
    default:
      return violate(plan_.last);
  }
}

void peer::send_fin() {
  sends_ = false;
  wire_->shutdown_send(peer_side);
}

void peer::finish_by_close(finale how) {
  static constexpr std::string_view reasons[] = {"", "done", "\xC3\xA9t\xC3\xA9", "bye"};
  send_close(how == finale::close_empty ? 1005 : plan_.code, reasons[random_.below(4)]);
  switch (how) {
    case finale::close_and_fin:
      send_fin();
      break;
    case finale::close_and_gone:
    case finale::close_and_reset:
      return quit(how == finale::close_and_reset);
    case finale::close_and_more:
      send_control(op::ping, "late");
      begin_message(random_.below(100), false);
      if (random_.one_in(2)) send_control(op::close, "\x03\xE9");
      break;
    default:
      break;
  }
  plan_leave(plan_.patience);
}

// A frame that is announced and does not come, or not all of it.
void peer::finish_inside_frame(finale how) {
  std::uint64_t length = 1 + random_.below(plan_.largest + 1);
  if (how == finale::huge_frame) length = (1ULL << 20) << random_.below(40);
  if (agreed_.max_message && how != finale::huge_frame) length = std::min(length, *agreed_.max_message / 2);
  scratch_.assign(std::min<std::uint64_t>(random_.below(length), 200'000), 'h');
  if (how == finale::mid_message_eof) length = scratch_.size();
  frame_head head = head_for(op::binary, length);
  head.fin = how != finale::mid_message_eof;
  const std::string payload = scratch_;
  send_frame(head, payload);
  sends_ = false;
  if (how == finale::huge_frame && random_.one_in(2)) return plan_leave(random_.between(0, 40 * second));
  if (how == finale::mid_frame_eof || how == finale::mid_message_eof) send_fin();
  if (how == finale::mid_frame_reset) quit(true);
}

void peer::violate(finale how) {
  switch (how) {
    case finale::bad_fragmented_control:
    case finale::bad_long_control:
    case finale::bad_length:
      violate_by_control(how);
      break;
    case finale::bad_close_byte:
    case finale::bad_close_code:
    case finale::bad_close_reason:
      violate_by_close(how);
      break;
    default:
      violate_by_message(how);
      break;
  }
  // What follows a violation cannot be understood any more.
  if (random_.one_in(3)) wire_->outgoing().append(random_.below(50), '\x88');
  wire_->push();
  sends_ = false;
  plan_leave(plan_.patience);
}

void peer::violate_by_control(finale how) {
  const auto opcode = static_cast<unsigned>(8 + random_.below(3));
  frame_head head = head_for(opcode, random_.below(60));
  length_form form = length_form::shortest;
  if (how == finale::bad_fragmented_control) head.fin = false;
  if (how == finale::bad_long_control) head.length = 126 + random_.below(random_.one_in(2) ? 1 : 70'000);
  if (how == finale::bad_length) form = random_.one_in(2) ? length_form::two_bytes : length_form::eight_bytes;
  if (how == finale::bad_length && random_.one_in(4)) {
    head = head_for(op::binary, (1ULL << 63) + random_.below(1'000));
    form = length_form::shortest;
  }
  send_frame(head, std::string(std::min<std::uint64_t>(head.length, 100), 'v'), true, form);
}

void peer::violate_by_close(finale how) {
  static constexpr unsigned never_sent[] = {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535};
  std::string payload(1, '\x03');
  if (how == finale::bad_close_code) {
    const unsigned code = never_sent[random_.below(10)];
    payload = {static_cast<char>(code >> 8), static_cast<char>(code)};
  } else if (how == finale::bad_close_reason) {
    static constexpr std::string_view ill[] = {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                               "\xE2\x82", "ok\xFF",       "\x80"};
    payload = "\x03\xE8" + std::string(ill[random_.below(6)]);
  }
  send_frame(head_for(op::close, payload.size()), payload);
  mine_->add_close({}, false);
  sends_ = false;
  plan_leave(plan_.patience);
}

void peer::violate_by_message(finale how) {
  frame_head head = head_for(op::binary, random_.below(100));
  const bool lenient = agreed_.extension == reference::extension::unknown;
  if (how == finale::bad_continuation) head.opcode = op::continuation;
  if (how == finale::bad_message_in_message) {
    head.fin = false;
    send_frame(head, std::string(head.length, 'v'));
    head = head_for(op::text, 3);
  }
  if (how == finale::bad_rsv && !lenient) {
    const bool deflate = agreed_.extension == reference::extension::deflate;
    head.rsv = static_cast<std::uint8_t>(deflate ? 1 + random_.below(3) : 1 + random_.below(7));
    if (deflate && random_.one_in(2)) {  // RSV1 is for a message's first frame alone
      head = head_for(op::ping, 1);
      head.rsv = 4;
    }
  }
  if (how == finale::bad_opcode && !lenient) {
    static constexpr unsigned reserved[] = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15};
    head.opcode = static_cast<std::uint8_t>(reserved[random_.below(10)]);
  }
  if (how == finale::bad_mask || ((how == finale::bad_rsv || how == finale::bad_opcode) && lenient)) {
    head.masked = !head.masked;
  }
  send_frame(head, std::string(head.length, 'v'), true);
}

void peer::send_too_big() {
  if (!agreed_.max_message) {
    plan_.last = finale::close;
    return finish_by_close(finale::close);
  }
  const std::uint64_t most = *agreed_.max_message;
  frame_head head = head_for(op::binary, most + 1 + random_.below(30'000));
  if (random_.one_in(2)) {  // the sum of its frames is
    head.fin = false;
    head.length = 1 + most / 2;
    send_frame(head, std::string(head.length, 'b'));
    head.opcode = op::continuation;
    head.fin = random_.one_in(2);
    head.length = most;
  }
  send_frame(head, std::string(head.length, 'b'));
  sends_ = random_.one_in(2);
  had_finale_ = true;
  if (!sends_) plan_leave(plan_.patience);
}

}  // namespace lastframe::simulation
