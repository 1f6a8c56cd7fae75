// TLS on a connected socket: what stands between a stream and its descriptor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "proxy/net/io_result.hpp"

struct ssl_st;

namespace lastframe::net {

/// One connection's TLS, or nothing for a plain one. OpenSSL reads and writes the descriptor itself; the
/// session does not own it. Calls never block and never throw. Not thread-safe.
class tls_session {
 public:
  /// The most that one record carries (RFC 8446 §5.1).
  static constexpr std::size_t record_size = 16'384;

  tls_session() noexcept = default;
  /// Takes over `ssl`, whose descriptor is set and whose role is chosen.
  explicit tls_session(ssl_st* ssl) noexcept : ssl_(ssl) {}

  /// False: the connection is plain, and no other function may be called.
  [[nodiscard]] explicit operator bool() const noexcept { return ssl_ != nullptr; }

  /// How far a handshake has come.
  enum class progress : std::uint8_t { done, wants_read, wants_write, failed };

  /// Goes on with the handshake; to be called again when the socket is ready.
  [[nodiscard]] progress handshake() noexcept;
  /// A server's: whether the client's ClientHello has arrived (DESIGN §5, 1015).
  [[nodiscard]] bool greeted() const noexcept;
  /// Why the handshake has just failed, in one line. To be called before anything else uses OpenSSL.
  [[nodiscard]] std::string why_failed() const;
  /// A client's: why its peer sent an alert in place of the first byte, in one line; empty: it did not. A TLS
  /// 1.3 server judges the client's certificate when the client's handshake is done (RFC 8446 §4.4.2.4).
  [[nodiscard]] std::string refusal() const;

  /// At most one record's payload, and never a part of one as long as `into` holds a whole one. More records
  /// may have been read ahead, which the descriptor does not show: whoever reads goes on until it would
  /// block. A peer that ends without close_notify is at its end like any other (RFC 8446 §6.1).
  [[nodiscard]] io_result read(std::span<std::byte> into) noexcept;
  /// Whether something was read ahead.
  [[nodiscard]] bool has_pending() const noexcept;
  /// Bytes once offered must be offered again first until they are taken.
  [[nodiscard]] io_result write(const std::array<std::span<const std::byte>, 2>& from) noexcept;
  /// Reading waits for the socket to take something: an answer to a key update.
  [[nodiscard]] bool read_wants_write() const noexcept { return read_wants_write_; }

  /// Says that nothing more will be written: close_notify. Returns how many bytes of it the socket took.
  std::size_t finish() noexcept;
  void reset() noexcept { ssl_.reset(); }

 private:
  struct freed {
    void operator()(ssl_st* ssl) const noexcept;
  };

  [[nodiscard]] io_result failed(int result) noexcept;
  [[nodiscard]] io_result write_record(std::span<const std::byte> record) noexcept;

  std::unique_ptr<ssl_st, freed> ssl_;
  std::uint16_t offered_ = 0;  // bytes of a record that the socket has not taken in full
  std::uint8_t alert_ = 0;     // a fatal one that came in place of the first byte
  bool heard_ = false;
  bool read_wants_write_ = false;
};

}  // namespace lastframe::net
