#include "proxy/protocol/relay.hpp"

#include <algorithm>
#include <array>

namespace lastframe::protocol {

namespace {

mutable_bytes take(mutable_bytes& in, std::size_t n) noexcept {
  const mutable_bytes taken = in.first(n);
  in = in.subspan(n);
  return taken;
}

// As much passes in one turn as is read in one.
constexpr std::size_t most_passing = 64 << 10;

// Whether a header with that second byte is of a frame beyond 64 KiB, so that it need not be decoded to know.
bool is_long(std::byte second) noexcept {
  return (second & std::byte{0x7F}) == std::byte{127};
}

std::size_t smaller(std::uint64_t a, std::size_t b) noexcept {
  return static_cast<std::size_t>(std::min<std::uint64_t>(a, b));
}

}  // namespace

unit relay::one(mutable_bytes& in) {
  unit found = step(in);
  // A loop, for one read may have thousands of frames that are skipped.
  while (found.kind == unit_kind::none && phase_ == phase::skip && (!in.empty() || remaining_ == 0)) {
    found = step(in);
  }
  return found;
}

unit relay::next(mutable_bytes& in) {
  if (is_between_messages() && held_.empty()) {
    if (const std::size_t size = count_messages(in); size != 0)
      return {.kind = unit_kind::data, .bytes = take(in, size)};
  }
  unit found = one(in);
  if (found.kind != unit_kind::data || found.bytes.empty() || !is_between_messages()) return found;
  found.bytes = {found.bytes.data(), found.bytes.size() + take(in, count_messages(in)).size()};
  return found;
}

// How many bytes, in messages of one small frame, pass as they stand.
std::size_t relay::count_messages(const_bytes in) noexcept {
  if (in.size() < 2 || is_long(in[1])) return 0;
  const std::uint64_t longest = std::min<std::uint64_t>(hold, max_message_);
  std::size_t size = 0;
  frame_header header;
  while (decode_header(in.subspan(size), header) == decode_status::complete && scanner_.is_message(header) &&
         header.length <= longest && header.length <= in.size() - size - header.size()) {
    size += header.size() + static_cast<std::size_t>(header.length);
    ++received_.frames;
    ++received_.messages;
    received_.payload_bytes += header.length;
    header_ = header;
  }
  return size;
}

unit relay::step(mutable_bytes& in) {
  switch (phase_) {
    case phase::header:
      return begin_frame(in);
    case phase::whole:
      return next_whole(in);
    case phase::piece:
      return next_piece(in);
    case phase::raw:
      return next_raw(in);
    case phase::skip:
      return next_skip(in);
  }
  return {};
}

// Leaves a header that is whole in the input there, and completes one that came in parts in `held_`.
bool relay::read_header(mutable_bytes& in, decode_status& status) {
  if (held_.empty()) {
    status = decode_header(in, header_);
    if (status != decode_status::incomplete) return true;
    held_.append(take(in, in.size()));
    return false;
  }
  do {
    const std::size_t missing = header_size_of(held_.bytes()) - held_.size();
    held_.append(take(in, std::min(in.size(), missing)));
    status = decode_header(held_.bytes(), header_);
  } while (status == decode_status::incomplete && !in.empty());
  return status != decode_status::incomplete;
}

unit relay::begin_frame(mutable_bytes& in) {
  if (in.empty()) return {};
  decode_status status{};
  if (!read_header(in, status)) return {};
  if (status == decode_status::non_minimal_length) {
    return {.kind = unit_kind::violation, .why = violation::length_not_minimal};
  }
  if (const violation why = scanner_.judge(header_); why != violation::none) {
    return {.kind = unit_kind::violation, .why = why};
  }
  ++received_.frames;
  started_ = false;
  remaining_ = header_.length;
  if (header_.is_data() && scanner_.announced() > max_message_) {
    drop_header(in);
    phase_ = phase::skip;
    return {.kind = unit_kind::too_big};
  }
  if (discard_ && !is_known_control()) {
    drop_header(in);
    phase_ = phase::skip;
    return {};
  }
  if (header_.length <= hold) {
    phase_ = phase::whole;
    return next_whole(in);
  }
  if (!split_) {
    phase_ = phase::raw;
    return next_raw(in);
  }
  drop_header(in);
  phase_ = phase::piece;
  return next_piece(in);
}

void relay::drop_header(mutable_bytes& in) noexcept {
  if (held_.empty()) in = in.subspan(header_.size());
  held_.clear();
}

unit relay::next_whole(mutable_bytes& in) {
  const std::size_t total = header_.size() + static_cast<std::size_t>(header_.length);
  const unit_kind kind = is_known_control() ? unit_kind::control : unit_kind::data;
  if (held_.empty() && in.size() >= total) {
    count_payload(header_.length);
    end_frame();
    return {.kind = kind, .bytes = take(in, total)};
  }
  const std::size_t missing = total - held_.size();
  const std::size_t before = std::max(held_.size(), header_.size());
  if (in.size() >= missing && kind == unit_kind::data) {
    count_payload(total - before);
    end_frame();
    return {.kind = kind, .bytes = take(in, missing)};
  }
  held_.append(take(in, std::min(in.size(), missing)));
  count_payload(held_.size() - before);
  if (held_.size() < total) return {};
  end_frame();
  return {.kind = kind};
}

std::size_t relay::smallest_piece() const noexcept {
  if (held_.budget().above_half()) return hold;
  const std::uint64_t relayed = scanner_.announced() - remaining_;  // of this message
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(relayed / 256, hold, largest_piece));
}

unit relay::next_piece(mutable_bytes& in) {
  if (held_.size() + in.size() >= smaller(remaining_, smallest_piece())) return emit_piece(in);
  count_payload(in.size());
  held_.append(take(in, in.size()));
  return {};
}

// Makes a fragment of the payload that is there: what is held, and what stands in the input.
unit relay::emit_piece(mutable_bytes& in) {
  const std::size_t size = smaller(remaining_, held_.size() + in.size());
  const mutable_bytes payload = take(in, size - held_.size());
  count_payload(payload.size());
  const frame_header piece = begin_piece(size);
  if (!held_.empty()) {
    held_.prepend(piece);
    return {.kind = unit_kind::data, .bytes = payload};
  }
  std::byte* start = payload.data() - piece.size();
  encode_header(piece, start);
  return {.kind = unit_kind::data, .bytes = {start, piece.size() + size}};
}

// The header of a fragment for the next `size` payload bytes.
frame_header relay::begin_piece(std::size_t size) noexcept {
  const std::uint64_t offset = header_.length - remaining_;
  remaining_ -= size;
  const frame_header piece{.length = size,
                           .opcode = offset == 0 ? header_.opcode : opcodes::continuation,
                           .rsv = offset == 0 ? header_.rsv : std::uint8_t{0},
                           .fin = header_.fin && remaining_ == 0,
                           .masked = header_.masked,
                           .mask = rotate(header_.mask, offset)};
  message_open_ = true;
  if (remaining_ == 0) end_frame();
  return piece;
}

std::size_t relay::unseen() const noexcept {
  return phase_ == phase::piece ? smaller(remaining_ - held_.size(), SIZE_MAX) : 0;
}

std::size_t relay::passable() const noexcept {
  const std::size_t left = unseen();
  if (left < least_passing || held_.budget().above_half()) return 0;
  return std::min(left, std::max(smallest_piece(), most_passing));
}

unit relay::pass(std::size_t n) {
  const std::size_t size = held_.size() + n;
  if (size < smaller(remaining_, smallest_piece())) return {};
  count_payload(n);
  const frame_header piece = begin_piece(size);
  if (held_.empty()) {
    std::array<std::byte, max_header_size> header;
    held_.append(const_bytes(header).first(encode_header(piece, header.data())));
  } else {
    held_.prepend(piece);
  }
  return {.kind = unit_kind::data};
}

std::size_t relay::next_passable() const noexcept {
  const bool likely = split_ && header_.is_data() && header_.length >= least_passing + max_header_size;
  if (phase_ == phase::piece && unseen() < least_passing) return unseen() + max_header_size;
  return phase_ == phase::header && likely ? max_header_size : SIZE_MAX;
}

unit relay::next_raw(mutable_bytes& in) {
  if (held_.empty() && in.empty()) return {};
  const std::size_t header = started_ ? 0 : header_.size();
  started_ = inside_frame_ = true;
  message_open_ = message_open_ || header_.is_data();
  if (!held_.empty()) return {.kind = unit_kind::data};
  const std::size_t payload = smaller(remaining_, in.size() - header);
  remaining_ -= payload;
  count_payload(payload);
  const mutable_bytes bytes = take(in, header + payload);
  if (remaining_ == 0) end_frame();
  return {.kind = unit_kind::data, .bytes = bytes};
}

unit relay::next_skip(mutable_bytes& in) {
  const mutable_bytes skipped = take(in, smaller(remaining_, in.size()));
  remaining_ -= skipped.size();
  count_payload(skipped.size());
  if (remaining_ != 0) return {};
  end_frame();
  return begin_frame(in);
}

bool relay::ends_message(const_bytes in) noexcept {
  frame_header header;
  while (decode_header(in, header) == decode_status::complete && header.length <= in.size() - header.size()) {
    if ((header.is_data() && header.fin) || header.opcode == opcodes::close) return true;
    in = in.subspan(header.size() + static_cast<std::size_t>(header.length));
  }
  return false;
}

void relay::discard() noexcept {
  if (discard_) return;
  discard_ = true;
  if (phase_ == phase::header || (phase_ == phase::whole && is_known_control())) return;
  if (phase_ == phase::whole) remaining_ -= held_.size() - std::min(held_.size(), header_.size());
  if (phase_ == phase::piece) remaining_ -= held_.size();
  held_.clear();
  phase_ = phase::skip;
}

void relay::end_frame() noexcept {
  phase_ = phase::header;
  started_ = false;
  // Of a raw frame that was yielded in part before `discard`, the other side waits for the rest for ever.
  if (!discard_) inside_frame_ = false;
  if (!header_.is_data()) return;
  message_open_ = !header_.fin;
  if (header_.fin) ++received_.messages;
}

bool relay::is_known_control() const noexcept {
  return header_.is_control() && header_.opcode <= opcodes::pong;
}

void relay::count_payload(std::uint64_t n) noexcept {
  if (header_.is_data()) received_.payload_bytes += n;
}

}  // namespace lastframe::protocol
