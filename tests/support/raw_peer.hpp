// Peers that tests script byte by byte over real sockets: clients, and the services behind a proxy.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/wire.hpp"

namespace lastframe::support {

/// Every wait of a peer ends after this long, with an exception: a test that hangs says nothing.
inline constexpr std::chrono::seconds patience{30};

/// The key and its answer that RFC 6455 §1.3 gives: one pair is all that a test needs.
inline constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view sample_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// An upgrade request; `fields` are further lines, each with its CRLF.
[[nodiscard]] std::string upgrade_request(std::string_view path = "/", std::string_view fields = {});
/// The 101 that answers it.
[[nodiscard]] std::string upgrade_answer(std::string_view fields = {});

/// How a peer's stream ended.
enum class stream_end { eof, reset };

/// A connected socket, plain or unix. Waits throw std::runtime_error when patience is over or the stream ends
/// too early. Move-only, not thread-safe.
class raw_peer {
 public:
  explicit raw_peer(int descriptor) noexcept : descriptor_(descriptor) {}
  raw_peer(raw_peer&& other) noexcept;
  raw_peer& operator=(raw_peer&& other) noexcept;
  ~raw_peer() { close(); }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// Sends all of `bytes`, waiting for room.
  void send(std::string_view bytes);
  /// Sends what the socket takes at once and says how much that was.
  std::size_t send_some(std::string_view bytes);
  /// Whether the socket still takes nothing after `time`: its peer does not read.
  [[nodiscard]] bool stays_blocked(std::chrono::milliseconds time);

  /// Reads up to the end of an HTTP head and returns it, last empty line included.
  [[nodiscard]] std::string read_head();
  /// Reads exactly `size` bytes.
  [[nodiscard]] std::string read_bytes(std::size_t size);
  /// Reads some bytes, at least one; empty at the stream's end.
  [[nodiscard]] std::string read_some();
  [[nodiscard]] wire_frame read_frame();
  /// Reads frames up to a message's last, or a control frame between messages.
  [[nodiscard]] wire_message read_message();
  /// Reads frames up to a Close, whose payload it returns; messages before it are dropped.
  [[nodiscard]] std::string read_close();
  /// All bytes up to the stream's end, which must be an orderly one.
  [[nodiscard]] std::string read_to_end();
  /// Reads and drops until the stream ends, and says how.
  [[nodiscard]] stream_end read_end();
  /// Whether something, or the end, can be read within `time`.
  [[nodiscard]] bool readable_within(std::chrono::milliseconds time) const;

  void shutdown_send() noexcept;
  void close() noexcept;
  /// Closes with a reset.
  void reset() noexcept;

 private:
  // What came of the stream: false at its end.
  bool fill();

  int descriptor_;
  std::string ahead_;  // read, not consumed
  wire_decoder decoder_;
  std::size_t frames_taken_ = 0;
  bool was_reset_ = false;
};

/// `host` is a literal. A `receive_buffer` other than 0 is set before connecting.
[[nodiscard]] raw_peer connect_tcp(const std::string& host, std::uint16_t port, int receive_buffer = 0);
[[nodiscard]] raw_peer connect_unix(const std::string& path);
/// `127.0.0.1:80`, `[::1]:80` or `unix:PATH`.
[[nodiscard]] raw_peer connect_to(const std::string& address, int receive_buffer = 0);

/// Connects, sends an upgrade request, and reads nothing.
[[nodiscard]] raw_peer ask_upgrade(const std::string& address, std::string_view path = "/",
                                   std::string_view fields = {});

/// A listening socket whose connections the test answers itself.
class raw_service {
 public:
  /// `127.0.0.1`, `::1`, or `unix:PATH`; the port is a free one. `receive_buffer` as above.
  explicit raw_service(const std::string& where = "127.0.0.1", int receive_buffer = 0);
  raw_service(const raw_service&) = delete;
  raw_service& operator=(const raw_service&) = delete;
  ~raw_service();

  /// As an endpoint in a configuration.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  [[nodiscard]] raw_peer accept();
  /// Accepts, reads an upgrade request, and answers 101 with `behind` in the same write.
  [[nodiscard]] raw_peer accept_upgrade(std::string_view fields = {}, std::string_view behind = {});
  /// Whether a connection comes within `time`; it stays to be accepted.
  [[nodiscard]] bool called_within(std::chrono::milliseconds time) const;
  /// Refuses connections from here on, at the same address.
  void stop() noexcept;
  /// From here on connections are neither accepted nor refused: the backlog is full.
  void fill_backlog();

 private:
  int descriptor_;
  std::string address_;
  std::vector<raw_peer> fillers_;
};

}  // namespace lastframe::support
