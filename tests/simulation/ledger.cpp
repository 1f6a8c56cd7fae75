#include "tests/simulation/ledger.hpp"

#include <algorithm>

#include "tests/simulation/failure.hpp"
#include "tests/support/reference/text.hpp"

namespace lastframe::simulation {

namespace {

namespace op = reference::op;
using reference::frame_head;

// R3: frames up to this size stay whole, and no piece of a larger one is smaller, but the last.
constexpr std::uint64_t whole_frame = 16 << 10;

}  // namespace

void ledger::begin(std::size_t from, const agreement& agreed, const std::string& wire,
                   const std::string& output) {
  wire_ = &wire;
  output_ = &output;
  agreed_ = agreed;
  frames_.clear();
  triggers_.clear();
  pings_.clear();
  plain.clear();
  messages.clear();
  from_ = from;
  next_ = 0;
  offset_ = at_ = left_ = announced_ = message_ = longest_ = close_end_ = split_frames_ = 0;
  close_written_ = {};
  began_at_ = -1;
  in_frame_ = close_relayed_ = false;
}

void ledger::add_frame(std::uint64_t begin, const frame_head& head, std::size_t head_size, bool violates) {
  frames_.push_back({begin, head, static_cast<std::uint8_t>(head_size), false});
  if (violates) {
    triggers_.push_back({begin + head_size, trigger::kind::violation, {}});
  } else if (head.opcode <= op::binary) {
    if (head.opcode != op::continuation) announced_ = 0;
    announced_ = head.length > UINT64_MAX - announced_ ? UINT64_MAX : announced_ + head.length;
    if (agreed_.max_message && announced_ > *agreed_.max_message) {
      triggers_.push_back({begin + head_size, trigger::kind::too_big, {}});
    }
  }
}

void ledger::add_close(const reference::close_info& said, bool valid) {
  triggers_.push_back({frames_.back().end(), valid ? trigger::kind::close : trigger::kind::violation, said});
}

const trigger* ledger::close_within(std::uint64_t taken) const noexcept {
  for (const trigger& t : triggers_) {
    if (t.offset > taken || t.what == trigger::kind::violation) return nullptr;
    if (t.what == trigger::kind::close) return &t;
  }
  return nullptr;
}

std::size_t ledger::missing(std::uint64_t taken) const noexcept {
  std::size_t count = 0;
  for (std::size_t i = next_; i < frames_.size() && frames_[i].end() <= taken; ++i) {
    if (!frames_[i].swallowed) ++count;
  }
  return count;
}

bool ledger::inside_frame(std::uint64_t taken) const noexcept {
  const auto after =
      std::partition_point(frames_.begin(), frames_.end(), [&](const frame& f) { return f.end() <= taken; });
  return after != frames_.end() && after->begin < taken;
}

bool ledger::is_own_ping(std::string_view payload) const noexcept {
  return std::any_of(pings_.rbegin(), pings_.rend(),
                     [&](const ping& p) { return p.own && p.payload == payload; });
}

bool ledger::has_pong(std::string_view payload, std::uint64_t taken) const {
  std::string payload_seen;
  for (const frame& f : frames_) {
    if (f.end() > taken) return false;
    if (f.head.opcode != op::pong || f.head.length != payload.size()) continue;
    payload_seen = std::string_view(*wire_).substr(f.begin + f.head_size, f.head.length);
    if (f.head.masked) reference::mask(payload_seen.data(), payload_seen.size(), f.head.key, 0);
    if (payload_seen == payload) return true;
  }
  return false;
}

std::size_t ledger::frames_begun(std::uint64_t taken) const noexcept {
  const auto after =
      std::partition_point(frames_.begin(), frames_.end(), [&](const frame& f) { return f.begin < taken; });
  return static_cast<std::size_t>(after - frames_.begin());
}

void ledger::follow(sim_time now) {
  while (at_ < output_->size()) {
    if (in_frame_) {
      if (!follow_payload()) return;
      continue;
    }
    expect(close_end_ == 0, "R7: bytes follow a Close");
    if (began_at_ < 0) began_at_ = now;
    if (!begin_output_frame()) return;
    if (head_.opcode >= op::close && head_.opcode <= op::pong) {
      const std::uint64_t size = head_.size + head_.length;
      if (output_->size() - at_ < size) return;
      judge_control(std::string_view(*output_).substr(at_, size));
      at_ += size;
      began_at_ = -1;
    } else {
      begin_data(head_);
      at_ += head_.size;
      began_at_ = -1;
      left_ = head_.length;
      in_frame_ = true;
      static_cast<void>(follow_payload());  // it may be empty
    }
  }
}

bool ledger::begin_output_frame() {
  if (!reference::read_head(std::string_view(*output_).substr(at_), head_)) return false;
  expect(head_.minimal, "a frame was written with a length that is not minimal");
  expect(head_.masked == (from_ == client),
         "R2: a frame towards upstream must be masked, one to the client not");
  return true;
}

void ledger::skip_swallowed() noexcept {
  while (next_ < frames_.size() && frames_[next_].swallowed && offset_ == 0) ++next_;
}

void ledger::begin_data(const frame_head& out) {
  skip_swallowed();
  expect(next_ < frames_.size(), "a data frame was written that no peer sent");
  const frame& in = frames_[next_];
  if (offset_ == 0 && out.length == in.head.length) {
    const auto head = std::string_view(*wire_).substr(in.begin, in.head_size);
    expect(head == std::string_view(*output_).substr(at_, out.size), "R3: a frame's head was altered");
  } else {
    check_piece(in, out);
    if (offset_ == 0) ++split_frames_;
  }
  message_ = (in.head.opcode == op::continuation || offset_ != 0 ? message_ : 0) + out.length;
  longest_ = std::max(longest_, message_);
}

void ledger::check_piece(const frame& in, const frame_head& out) const {
  expect(in.head.length > whole_frame && agreed_.may_split, "R3: a frame was split that may not be");
  expect(in.head.length - offset_ >= out.length, "R3: a fragment is longer than the rest of its frame");
  const bool last = offset_ + out.length == in.head.length;
  expect(last || out.length >= whole_frame, "R3: a fragment is too small");
  expect(out.opcode == (offset_ == 0 ? in.head.opcode : op::continuation),
         "R3: a fragment's opcode is wrong");
  expect(out.rsv == (offset_ == 0 ? in.head.rsv : 0), "R3: a fragment's RSV bits are wrong");
  expect(out.fin == (last && in.head.fin), "R3: a fragment's FIN is wrong");
  expect(!out.masked || out.key == reference::key_from(in.head.key, offset_),
         "R3: a fragment's key is wrong");
}

// Whether the frame's end was found.
bool ledger::follow_payload() {
  const frame& in = frames_[next_];
  const std::uint64_t size = std::min<std::uint64_t>(left_, output_->size() - at_);
  const auto sent = std::string_view(*wire_).substr(in.begin + in.head_size + offset_, size);
  expect(sent == std::string_view(*output_).substr(at_, size), "R2: payload was altered");
  offset_ += size;
  at_ += size;
  left_ -= size;
  if (left_ != 0) return false;
  in_frame_ = false;
  if (offset_ == in.head.length) {
    ++next_;
    offset_ = 0;
  }
  return true;
}

void ledger::judge_control(std::string_view whole) {
  expect(head_.fin && head_.length <= 125, "a control frame was written that is none");
  skip_swallowed();
  std::size_t i = next_;
  // A Close overtakes what is discarded; how much that may be is for the caller, who knows why.
  if (head_.opcode == op::close) {
    while (i < frames_.size() && frames_[i].head.opcode != op::close) ++i;
  }
  const bool relayed = i < frames_.size() && (offset_ == 0 || i != next_) &&
                       std::string_view(*wire_).substr(frames_[i].begin, whole.size()) == whole;
  if (!relayed) return judge_own(whole);
  if (head_.opcode == op::ping) {
    std::string payload(whole.substr(head_.size));
    if (head_.masked) reference::mask(payload.data(), payload.size(), head_.key, 0);
    pings_.push_back({std::move(payload), began_at_, false});
  }
  if (head_.opcode == op::close) {
    close_relayed_ = true;
    close_end_ = at_ + whole.size();
    close_written_ =
        close_within(UINT64_MAX) != nullptr ? close_within(UINT64_MAX)->said : reference::close_info{};
  } else {
    next_ = i + 1;
  }
}

void ledger::judge_own(std::string_view whole) {
  std::string payload(whole.substr(head_.size));
  if (head_.masked) reference::mask(payload.data(), payload.size(), head_.key, 0);
  expect(head_.opcode != op::pong, "R5: a Pong was written that no peer sent, or in the wrong order");
  if (head_.opcode == op::ping) {
    expect(payload.size() == 8, "a Ping was written that is neither a peer's nor the proxy's");
    pings_.push_back({payload, began_at_, true});
    return;
  }
  expect(payload.size() != 1, "a Close of one byte was written");
  if (payload.size() >= 2) {
    close_written_.code = static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8 |
                          static_cast<unsigned char>(payload[1]);
    close_written_.reason = payload.substr(2);
    expect(reference::sendable(close_written_.code), "a Close was written with a code that may not be sent");
    expect(reference::valid_utf8(close_written_.reason), "a Close's reason is not UTF-8");
  } else {
    close_written_ = {};
  }
  close_end_ = at_ + whole.size();
}

}  // namespace lastframe::simulation
