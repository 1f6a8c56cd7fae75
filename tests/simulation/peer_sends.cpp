// A model endpoint as it sends: what it should, and what it never should.
#include <algorithm>

#include "tests/simulation/peer.hpp"
#include "tests/support/reference/deflate.hpp"

namespace lastframe::simulation {

namespace op = reference::op;
using reference::frame_head;
using reference::length_form;

namespace {

void append_text(std::string& out, std::uint64_t size, random& r) {
  const std::size_t begin = out.size();
  out.resize(begin + size);
  char* p = out.data() + begin;
  std::uint64_t i = 0;
  for (; i + 8 <= size; i += 8) {
    const std::uint64_t eight = r.next() & 0x7F7F7F7F7F7F7F7F;
    std::copy_n(reinterpret_cast<const char*>(&eight), 8, p + i);
  }
  for (; i < size; ++i) p[i] = static_cast<char>('a' + r.below(26));
}

constexpr std::string_view manifold = "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\x88";

}  // namespace

void peer::act() {
  if (pong_due_) send_pongs();
  const bool closed = sent_close_ && !(had_finale_ && plan_.last == finale::close_and_more);
  if (!sends_ || mute_ || left_ || closed || (had_finale_ && !open_)) return;
  if (wire_->from(peer_side).end() - wire_->from(peer_side).sent > (256U << 10))
    return plan_act(5 * millisecond);
  if (open_) {
    if (plan_.pings && random_.one_in(4)) send_ping();
    send_fragment();
  } else if (acts_left_ == 0) {
    had_finale_ = true;
    return finish();
  } else {
    --acts_left_;
    send_something();
  }
  const bool rests = plan_.pause != 0 && random_.one_in(15);
  plan_act(rests ? random_.between(0, plan_.pause) : random_.between(0, 2 * plan_.pace));
}

void peer::send_early() {
  if (open_) return send_fragment();
  if (acts_left_ == 0) return;
  --acts_left_;
  send_something();
}

void peer::send_something() {
  const std::uint64_t kind = random_.below(20);
  if (plan_.pings && kind < 3) return send_ping();
  if (kind == 3) return send_control(op::pong, "u:" + std::to_string(acts_left_));
  if (kind == 4 && agreed_.extension == reference::extension::unknown) return send_reserved();
  begin_message(draw_size(), false);
}

std::uint64_t peer::draw_size() {
  const std::uint64_t most = random_.one_in(4) || plan_.largest > 100'000
                                 ? plan_.largest
                                 : std::min<std::uint64_t>(plan_.largest, 200);
  std::uint64_t size = random_.below(most + 1);
  if (plan_.largest > 100'000 && random_.one_in(2)) size = random_.below(200);
  // Peers know their limit; what is beyond is a finale of its own.
  return agreed_.max_message ? std::min(size, *agreed_.max_message / 2) : size;
}

void peer::begin_message(std::uint64_t size, bool bad_text) {
  outgoing_message& m = open_.emplace();
  m.opcode = bad_text || random_.one_in(2) ? op::text : op::binary;
  m.bad_text = bad_text;
  m.plain_begin = mine_->plain.size();
  append_text(mine_->plain, size, random_);
  if (random_.one_in(8)) mine_->plain += manifold;
  if (bad_text) mine_->plain += '\xFF';
  const auto plain = std::string_view(mine_->plain).substr(m.plain_begin);
  const bool compresses = plan_.compresses && plain.size() < 20'000 && random_.one_in(2);
  m.payload = compresses ? reference::deflate_message(plain) : std::string(plain);
  m.rsv = compresses ? 4 : 0;
  if (agreed_.extension == reference::extension::unknown && random_.one_in(4))
    m.rsv = 1 + static_cast<unsigned>(random_.below(7));
  m.fragments = plan_.fragments && random_.one_in(3) ? 1 + static_cast<unsigned>(random_.below(5)) : 1;
  if (agreed_.max_message && m.payload.size() > *agreed_.max_message) {
    // It would not fit in the end: send the empty message instead.
    mine_->plain.resize(m.plain_begin);
    m.payload.clear();
    m.rsv = 0;
    if (bad_text) return open_.reset();
  }
  send_fragment();
}

void peer::send_fragment() {
  outgoing_message& m = *open_;
  const std::uint64_t left = m.payload.size() - m.offset;
  const bool last = --m.fragments == 0;
  const std::uint64_t size = last ? left : random_.below(left + 1);
  frame_head head = head_for(m.begun ? op::continuation : m.opcode, size);
  head.fin = last;
  head.rsv = static_cast<std::uint8_t>(m.begun ? 0 : m.rsv);
  m.begun = true;
  send_frame(head, std::string_view(m.payload).substr(m.offset, size));
  m.offset += size;
  if (!last) return;
  mine_->messages.push_back({m.opcode, m.plain_begin, mine_->plain.size() - m.plain_begin, m.bad_text});
  open_.reset();
}

frame_head peer::head_for(unsigned opcode, std::uint64_t length) noexcept {
  frame_head head;
  head.length = length;
  head.opcode = static_cast<std::uint8_t>(opcode);
  head.masked = which_ == client;
  head.key = head.masked ? static_cast<std::uint32_t>(random_.next()) : 0;
  return head;
}

void peer::send_frame(frame_head head, std::string_view payload, bool violates, length_form form) {
  std::string& out = wire_->outgoing();
  const std::size_t begin = out.size();
  const std::size_t size = reference::write_head(out, head, form);
  mine_->add_frame(begin, head, size, violates);
  reference::write_payload(out, head, payload);
  if (trace_->on()) {
    trace_->say(name_of(which_), "sends opcode " + std::to_string(head.opcode) + (head.fin ? " fin" : "") +
                                     " length " + std::to_string(head.length) +
                                     (violates ? ", which is wrong" : ""));
  }
  wire_->push();
}

void peer::send_control(unsigned opcode, std::string_view payload) {
  send_frame(head_for(opcode, payload.size()), payload);
  if (opcode == op::pong && theirs_->is_own_ping(payload)) mine_->swallow_last();
}

void peer::send_ping() {
  scratch_ = which_ == client ? "c:" : "s:";
  scratch_ += std::to_string(++pings_sent_);
  if (random_.one_in(6)) scratch_.append(random_.below(120 - scratch_.size()), 'p');
  if (random_.one_in(20)) scratch_.clear();
  send_control(op::ping, scratch_);
}

void peer::send_pongs() {
  pong_due_ = false;
  if (sends_ && !mute_ && !sent_close_ && !left_) send_control(op::pong, pong_);
}

void peer::send_reserved() {
  static constexpr unsigned data_like[] = {3, 7, 11, 15};
  scratch_.assign(random_.below(100), 'r');
  frame_head head = head_for(data_like[random_.below(4)], scratch_.size());
  head.rsv = static_cast<std::uint8_t>(random_.below(8));
  send_frame(head, scratch_);
}

void peer::send_close(unsigned code, std::string_view reason) {
  std::string payload;
  if (code != 1005) {
    payload += static_cast<char>(code >> 8);
    payload += static_cast<char>(code);
    payload += reason;
  } else {
    reason = {};
  }
  sent_close_ = code;
  send_control(op::close, payload);
  mine_->add_close({code, std::string(reason)}, true);
}

}  // namespace lastframe::simulation
