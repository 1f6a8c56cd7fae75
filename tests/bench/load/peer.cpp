#include "tests/bench/load/peer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/epoll.h>

namespace lastframe::bench {
namespace {

constexpr std::size_t largest_head = 16 << 10;
constexpr std::size_t least_block = 256 << 10;
constexpr protocol::masking_key some_key{std::byte{0x5A}, std::byte{0x17}, std::byte{0xC3}, std::byte{0x88}};

std::string encode(const frame_header& header) {
  std::array<std::byte, protocol::max_header_size> bytes;
  const std::size_t size = protocol::encode_header(header, bytes.data());
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

const_bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void append(std::string& to, const_bytes bytes) {
  to.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

bool is_kept(const frame_header& header) {
  return header.opcode != protocol::opcodes::binary && header.opcode != protocol::opcodes::continuation;
}

}  // namespace

message_block::message_block(std::size_t payload_size, bool masked) {
  frame_header header;
  header.opcode = protocol::opcodes::binary;
  header.length = payload_size;
  header.masked = masked;
  header.mask = some_key;
  // Any bytes are as good as masked ones.
  const std::string message = encode(header) + std::string(payload_size, 'x');
  message_size = message.size();
  do {
    bytes += message;
  } while (bytes.size() < least_block);
}

peer::peer(poller& events, transport&& wire)
    : events_(&events), wire_(std::move(wire)), wanted_(EPOLLIN | EPOLLOUT) {
  events_->add(wire_.descriptor(), wanted_, *this);
}

void peer::queue_frame(std::uint8_t opcode, std::string_view payload, bool masked) {
  frame_header header;
  header.opcode = opcode;
  header.length = payload.size();
  header.masked = masked;
  queue(encode(header));
  queue(payload);
}

void peer::stream(std::shared_ptr<const message_block> block, std::uint64_t count) {
  block_ = std::move(block);
  stream_sent_ = 0;
  stream_size_ = count * block_->message_size;
}

void peer::flush() {
  if (is_open() && flush_queue() && flush_stream()) want(EPOLLIN);
}

bool peer::flush_queue() {
  if (unsent_.empty()) return true;
  const std::ptrdiff_t sent = wire_.write(bytes_of(unsent_));
  // Why nothing goes out any more is told by reading on.
  if (sent < 0) unsent_.clear();
  if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
  if (unsent_.empty()) return true;
  want(wire_.waits_for_room() ? EPOLLIN | EPOLLOUT : EPOLLIN);
  return false;
}

// One write at a time: others have their turn before the next one.
bool peer::flush_stream() {
  if (!block_) return true;
  const std::uint64_t begin = stream_sent_ % block_->bytes.size();
  const std::uint64_t size = std::min(block_->bytes.size() - begin, stream_size_ - stream_sent_);
  const std::ptrdiff_t sent = wire_.write(bytes_of(std::string_view(block_->bytes).substr(begin, size)));
  if (sent > 0) stream_sent_ += static_cast<std::uint64_t>(sent);
  if (sent >= 0 && stream_sent_ < stream_size_) {
    want(EPOLLIN | EPOLLOUT);
    return false;
  }
  block_.reset();
  on_streamed();
  if (unsent_.empty() && !block_) return true;
  want(EPOLLIN | EPOLLOUT);
  return false;
}

void peer::want(std::uint32_t events) {
  if (!is_open() || events == wanted_) return;
  wanted_ = events;
  events_->change(wire_.descriptor(), events, *this);
}

void peer::close() {
  if (!is_open()) return;
  events_->remove(wire_.descriptor());
  wire_.close();
}

void peer::end() {
  close();
  on_end();
}

void peer::on_events(std::uint32_t events) {
  static std::array<std::byte, 64 << 10> buffer;
  if (!is_open()) return;
  if ((events & ~std::uint32_t{EPOLLOUT}) != 0) {
    const std::ptrdiff_t size = wire_.read(buffer);
    if (size < 0) return end();
    on_bytes({buffer.data(), static_cast<std::size_t>(size)});
  }
  flush();
}

void peer::on_bytes(const_bytes in) {
  if (head_read_) return read_frames(in);
  append(head_, in);
  const std::size_t end_of_head = head_.find("\r\n\r\n");
  if (end_of_head == std::string::npos) {
    if (head_.size() > largest_head) end();
    return;
  }
  head_read_ = true;
  const std::string all = std::exchange(head_, {});
  on_head(std::string_view(all).substr(0, end_of_head + 4));
  read_frames(bytes_of(std::string_view(all).substr(end_of_head + 4)));
}

void peer::read_frames(const_bytes in) {
  while (is_open() && !in.empty()) {
    if (!in_payload_ && !read_header(in)) return;
    read_payload(in);
    if (remaining_ != 0) return;
    in_payload_ = false;
    if (header_.masked && !payload_.empty()) {
      protocol::apply_mask(std::as_writable_bytes(std::span(payload_)), header_.mask);
    }
    on_frame(header_, payload_);
  }
}

bool peer::read_header(const_bytes& in) {
  protocol::decode_status status{};
  if (head_.empty()) {
    status = protocol::decode_header(in, header_);
    if (status == protocol::decode_status::incomplete) append(head_, in);
    if (status == protocol::decode_status::complete) in = in.subspan(header_.size());
  } else {
    const std::size_t before = head_.size();
    append(head_, in.first(std::min(in.size(), protocol::max_header_size - before)));
    status = protocol::decode_header(bytes_of(head_), header_);
    if (status == protocol::decode_status::complete) {
      in = in.subspan(header_.size() - before);
      head_.clear();
    }
  }
  if (status == protocol::decode_status::non_minimal_length) end();
  if (status != protocol::decode_status::complete) return false;
  in_payload_ = true;
  remaining_ = header_.length;
  payload_.clear();
  return true;
}

void peer::read_payload(const_bytes& in) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, in.size()));
  if (is_kept(header_)) append(payload_, in.first(size));
  in = in.subspan(size);
  remaining_ -= size;
}

}  // namespace lastframe::bench
