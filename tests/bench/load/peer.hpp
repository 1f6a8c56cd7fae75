// One end of a WebSocket connection: a head, then frames. What service and clients have in common.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/protocol/frame.hpp"
#include "tests/bench/load/poller.hpp"
#include "tests/bench/load/transport.hpp"

namespace lastframe::bench {

using protocol::frame_header;

/// A binary message as it stands on the wire, any number of times: enough of them for one write.
struct message_block {
  /// Clients' messages are masked.
  message_block(std::size_t payload_size, bool masked);

  std::size_t message_size;  ///< header included
  std::string bytes;         ///< at least 256 KiB, where that is more than one message
};

/// Reads and answers within `poller::run`. After `ended` it stays as it is, and silent, until it is buried.
class peer : public event_target {
 public:
  peer(poller& events, transport&& wire);
  ~peer() override { close(); }
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  /// Queues bytes; within a callback they go out when all that was read is judged, elsewhere with `flush`.
  void queue(std::string_view bytes) { unsent_.append(bytes); }
  /// Queues a frame with `payload`, masked by zeros where `masked`.
  void queue_frame(std::uint8_t opcode, std::string_view payload, bool masked);
  /// Sends `count` messages of `block` behind what is queued, as fast as they are taken. The one before must
  /// have ended.
  void stream(std::shared_ptr<const message_block> block, std::uint64_t count);
  void flush();
  /// FIN behind what the socket has taken.
  void finish() { wire_.finish(); }
  /// Cuts the connection.
  void close();
  [[nodiscard]] bool is_open() const noexcept { return wire_.is_open(); }

 protected:
  /// The bytes up to the empty line, that included.
  virtual void on_head(std::string_view head) = 0;
  /// A whole frame. `payload` is the unmasked payload of all but binary and continuation frames, else empty.
  virtual void on_frame(const frame_header& header, std::string_view payload) = 0;
  /// The last byte of a stream was taken by the socket.
  virtual void on_streamed() {}
  /// The other side ended, or broke the framing; the connection is closed already.
  virtual void on_end() = 0;

 private:
  void on_events(std::uint32_t events) final;
  void on_bytes(const_bytes in);
  void read_frames(const_bytes in);
  /// Takes a header off the front; false where its end is missing.
  [[nodiscard]] bool read_header(const_bytes& in);
  void read_payload(const_bytes& in);
  [[nodiscard]] bool flush_queue();
  [[nodiscard]] bool flush_stream();
  void want(std::uint32_t events);
  void end();

  poller* events_;
  transport wire_;
  std::string unsent_;
  std::shared_ptr<const message_block> block_;
  std::uint64_t stream_sent_ = 0;
  std::uint64_t stream_size_ = 0;
  std::string head_;     // until it is whole; then the start of a frame's header
  std::string payload_;  // of the frame under way, where it is kept
  frame_header header_;
  std::uint64_t remaining_ = 0;
  std::uint32_t wanted_;
  bool head_read_ = false;
  bool in_payload_ = false;
};

}  // namespace lastframe::bench
