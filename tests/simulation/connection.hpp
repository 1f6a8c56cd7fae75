// A TCP connection between the proxy and a peer, as both kernels keep it: buffers, segments under way,
// acknowledgements, FIN and RST.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/agenda.hpp"

namespace lastframe::simulation {

inline constexpr std::size_t proxy_side = 0;
inline constexpr std::size_t peer_side = 1;

/// How a connection behaves; drawn from the seed.
struct link_style {
  sim_time delay = 0;                  ///< one way
  sim_time jitter = 0;                 ///< at most, on top; segments stay in order
  sim_time ack_delay = 0;              ///< until bytes are acknowledged that nothing else acknowledges
  std::size_t send_buffer = 64 << 10;  ///< of the proxy
  std::array<std::size_t, 2> receive_buffer{64 << 10, 64 << 10};
  std::size_t segment = 1460;   ///< the largest
  bool short_writes = false;    ///< the proxy's writes are taken in part, for no reason
  bool reset_discards = false;  ///< the peer's system forgets what was not read when a reset arrives
  bool plain = true;  ///< its bytes may pass unread, and what the kernel says is all there is to say
};

enum class outcome : std::uint8_t { bytes, nothing, end, reset };

/// Bytes one way; `data` is all that was ever written. Sequence numbers count them, and FIN as one more.
struct half {
  struct segment {
    sim_time at;
    std::uint64_t end;
    std::uint64_t ack;  ///< of the other half
    bool reset;
  };

  std::string data;
  std::uint64_t sent = 0;     ///< sequence number up to which segments left
  std::uint64_t arrived = 0;  ///< at the other kernel
  std::uint64_t taken = 0;    ///< bytes that the other application read
  std::uint64_t dropped = 0;  ///< bytes that it threw away behind those, to close
  std::uint64_t acked = 0;    ///< as the sender knows
  std::vector<segment> flight;
  std::size_t first = 0;  ///< in flight: those before have arrived
  sim_time last_at = 0;
  sim_time progress_at = 0;   ///< when more was acknowledged, or something began to wait for that
  sim_time unread_since = 0;  ///< since when what arrived waits for a read
  bool fin = false;
  bool ack_planned = false;

  [[nodiscard]] std::uint64_t end() const noexcept { return data.size() + (fin ? 1 : 0); }
  [[nodiscard]] bool fin_arrived() const noexcept { return fin && arrived == end(); }
  [[nodiscard]] std::uint64_t unread() const noexcept {
    return arrived - taken - dropped - (fin_arrived() ? 1 : 0);
  }
  void clear();
};

/// Both halves. `side` is the one who calls.
class connection {
 public:
  void begin(const link_style& style, std::size_t which, agenda& plan, std::uint64_t seed);

  // System calls.
  /// Up to `room` bytes; `out` is good until the next write.
  outcome read(std::size_t side, std::size_t room, std::string_view& out);
  /// Appends what fits; the peer's own buffer has no end.
  outcome write(std::size_t side, std::string_view first, std::string_view rest, std::size_t& taken);
  /// Nothing of the peer's moves before this: its first `size` bytes were read before the tunnel was open.
  [[nodiscard]] std::string_view read_ahead(std::size_t size);
  /// Appends all of it, whatever room there is.
  void force(std::size_t side, std::string_view bytes);
  /// Sends what was put into `outgoing` directly.
  void push() { transmit(peer_side); }
  void shutdown_send(std::size_t side);
  /// What lies there is read by nobody.
  void drop_unread(std::size_t side);
  /// With unread bytes it is a reset, as everywhere.
  void close(std::size_t side);
  void reset(std::size_t side);
  [[nodiscard]] std::uint64_t unacked(std::size_t side) const noexcept {
    return halves_[side].end() - halves_[side].acked;
  }

  // Events.
  /// Whether anything arrived.
  bool arrival(std::size_t side);
  void ack(std::size_t side, std::uint64_t upto);

  // The network's whims.
  void blackhole() noexcept { black_ = true; }
  void stall_until(sim_time at) noexcept { stalled_until_ = at; }

  // What can be seen.
  [[nodiscard]] bool readable(std::size_t side) const noexcept;
  [[nodiscard]] bool writable(std::size_t side) const noexcept;
  [[nodiscard]] bool broken(std::size_t side) const noexcept;
  [[nodiscard]] bool closed(std::size_t side) const noexcept { return ends_[side].closed; }
  [[nodiscard]] bool got_reset(std::size_t side) const noexcept { return ends_[side].got_reset; }
  [[nodiscard]] bool black() const noexcept { return black_; }
  [[nodiscard]] const half& from(std::size_t side) const noexcept { return halves_[side]; }
  [[nodiscard]] std::string& outgoing() noexcept { return halves_[peer_side].data; }
  [[nodiscard]] const link_style& style() const noexcept { return style_; }
  /// Bytes that lay unread in the peer's kernel when a reset from the proxy destroyed them.
  [[nodiscard]] bool destroyed() const noexcept { return destroyed_; }

 private:
  struct one_end {
    bool closed = false;
    bool dead = false;  ///< it sent a reset: nothing more leaves it
    bool got_reset = false;
    bool error_pending = false;  ///< ECONNRESET was not told yet
  };

  void transmit(std::size_t side);
  void send_reset(std::size_t side);
  void take_segment(std::size_t side, const half::segment& s);
  [[nodiscard]] sim_time arrival_time(half& h);
  void plan_ack(std::size_t sender);
  void note_ack(half& h, std::uint64_t upto);

  agenda* plan_ = nullptr;
  link_style style_;
  std::array<half, 2> halves_;
  std::array<one_end, 2> ends_{};
  random random_{0};
  sim_time stalled_until_ = 0;
  std::size_t which_ = 0;
  bool held_back_ = true;
  bool black_ = false;
  bool destroyed_ = false;
};

}  // namespace lastframe::simulation
