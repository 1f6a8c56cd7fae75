// A transport in memory, as the tunnel driver sees it, and what went through it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/session/driver.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/support/memory_pipe.hpp"
#include "tests/support/wire.hpp"

namespace lastframe::fuzz {

/// One leg's socket and the peer behind it. Public members are the schedule's to change.
struct socket {
  std::string sent;        ///< all that the peer ever sent
  std::size_t read = 0;    ///< how much of it the proxy has read
  std::string got;         ///< all that the proxy ever wrote
  std::uint64_t room = 0;  ///< bytes that it still takes
  std::uint64_t acked = 0;
  std::size_t largest_read = 64 << 10;
  bool ended = false;      ///< the peer's FIN stands behind what it sent
  bool was_reset = false;  ///< reading ends in a reset, and writing fails
  bool finished = false;   ///< the proxy sent its FIN
  bool closed = false;

  [[nodiscard]] bool readable() const noexcept {
    return !closed && (read < sent.size() || ended || was_reset);
  }
  [[nodiscard]] std::uint64_t sequence() const noexcept { return got.size() + (finished ? 1U : 0U); }
};

/// What a tunnel driver needs of a stream.
class memory_stream {
 public:
  explicit memory_stream(socket& end) noexcept : end_(&end) {}

  [[nodiscard]] net::io_result read(protocol::mutable_bytes into) {
    expect(!end_->closed, "no closed socket is read");
    const std::size_t size = std::min({into.size(), end_->largest_read, end_->sent.size() - end_->read});
    if (size == 0) {
      return {.status = end_->was_reset ? net::io_status::reset
                        : end_->ended   ? net::io_status::end
                                        : net::io_status::would_block};
    }
    std::memcpy(into.data(), end_->sent.data() + end_->read, size);
    end_->read += size;
    return {.status = net::io_status::done, .size = size};
  }

  [[nodiscard]] static bool read_fin() noexcept { return false; }

  [[nodiscard]] net::io_result write(const std::array<protocol::const_bytes, 2>& from, bool = false) {
    expect(!end_->closed && !end_->finished, "nothing is written behind a FIN");
    if (end_->was_reset) return {.status = net::io_status::reset};
    const std::uint64_t before = end_->room;
    for (const protocol::const_bytes part : from) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(part.size(), end_->room));
      end_->got.append(reinterpret_cast<const char*>(part.data()), size);
      end_->room -= size;
      if (size < part.size()) break;
    }
    const auto taken = static_cast<std::size_t>(before - end_->room);
    return {.status = taken == 0 ? net::io_status::would_block : net::io_status::done, .size = taken};
  }

  using pipe = support::memory_pipe;
  using pipe_pool = support::memory_pipe_pool;
  [[nodiscard]] bool moves() const noexcept { return true; }
  [[nodiscard]] net::io_result move_to(pipe& to, std::size_t n) {
    to.bytes.resize(n);
    const net::io_result found = read(std::as_writable_bytes(std::span(to.bytes)));
    to.bytes.resize(found.size);
    return found;
  }
  [[nodiscard]] net::io_result move_from(pipe& from, std::size_t n) {
    const std::string_view bytes = std::string_view(from.bytes).substr(0, n);
    const net::io_result taken = write({std::as_bytes(std::span(bytes)), {}});
    from.bytes.erase(0, taken.size);
    return taken;
  }

  [[nodiscard]] std::uint64_t unacked() const { return end_->sequence() - end_->acked; }

  void shutdown_send() {
    expect(!end_->closed && !end_->finished, "a FIN is sent once");
    end_->finished = true;
  }
  void close() {
    expect(!end_->closed, "a socket is closed once");
    end_->closed = true;
  }
  void reset() { close(); }

 private:
  socket* end_;
};

/// What a peer was told, or meant, read by the tests' own decoder up to where it can be understood.
struct conversation {
  std::vector<support::wire_message> messages;  ///< text and binary, complete ones
  std::optional<std::string> close;             ///< the payload of the first Close
  bool whole = true;                            ///< nothing follows that is not a whole frame
  bool behind_close = false;                    ///< something follows the Close

  explicit conversation(std::string_view bytes) {
    support::wire_decoder decoder;
    try {
      decoder.feed(bytes);
      whole = decoder.at_boundary();
    } catch (const std::runtime_error&) {
      whole = false;
    }
    std::optional<support::wire_message> open;
    for (const support::wire_frame& frame : decoder.frames()) {
      if (close) behind_close = true;
      if (close) break;
      if (frame.opcode == 8) close = frame.payload;
      if (frame.opcode > 2) continue;
      if ((frame.opcode == 0) != open.has_value()) break;
      if (!open) open = support::wire_message{.opcode = frame.opcode, .rsv = frame.rsv};
      open->payload += frame.payload;
      if (!frame.fin) continue;
      messages.push_back(std::move(*open));
      open.reset();
    }
    if (close && !whole) behind_close = true;
  }
};

}  // namespace lastframe::fuzz
