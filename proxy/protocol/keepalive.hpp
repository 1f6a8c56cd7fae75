// When a quiet peer is pinged, and when its silence means that it is gone (DESIGN R5, §6).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "proxy/protocol/frame.hpp"
#include "proxy/protocol/tunnel_settings.hpp"

namespace lastframe::protocol {

/// Time is always passed in; any epoch will do, as long as it does not run backwards.
using time_point = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;

/// One leg's Pings, those of the proxy and those relayed, and its peer's signs of life.
class keepalive {
 public:
  enum class verdict : std::uint8_t {
    quiet,  ///< nothing to do before `deadline()`
    ping,   ///< a Ping of the proxy's is due
    lost,   ///< a Ping is unanswered, and not a byte came since
  };

  /// `settings` outlive it; none: off. `secret` is random and known to no peer. The clock runs from `now`.
  keepalive(const std::optional<keepalive_settings>& settings, std::uint64_t secret, time_point now) noexcept;
  keepalive(std::optional<keepalive_settings>&&, std::uint64_t, time_point) = delete;

  /// Bytes came from the peer. This is all that a message costs.
  void heard(time_point now) noexcept { heard_at_ = now; }

  /// The payload of the Ping that the caller is about to send; its clock starts now.
  [[nodiscard]] std::uint64_t ping(time_point now) noexcept;
  /// A Ping of the other peer's was relayed to this one; `payload` is as it was sent, unmasked.
  void relayed(const_bytes payload, time_point now) noexcept;

  /// A Pong came; `payload` is unmasked. If it answers one of the proxy's own Pings, late ones too, it is to
  /// be swallowed: the answer is the round-trip time, 0 for a late one. None: relay it.
  [[nodiscard]] std::optional<nanoseconds> pong(const_bytes payload, time_point now) noexcept;

  /// The clocks run only while the leg is read and has nothing to be sent (R5). Resuming starts them anew.
  /// Whether it resumed.
  bool run(bool running, time_point now) noexcept;

  [[nodiscard]] bool runs() const noexcept { return running_; }

  [[nodiscard]] verdict judge(time_point now) noexcept;
  /// Whether a Ping, of whoever, waits for its Pong.
  [[nodiscard]] bool waiting() const noexcept { return unanswered_; }
  /// When `judge` may say something else than `quiet`; the furthest time there is if the clocks stand.
  [[nodiscard]] time_point deadline() const noexcept;

 private:
  [[nodiscard]] std::uint64_t answers(const_bytes payload) const noexcept;
  void unanswered_since(time_point now) noexcept;

  const std::optional<keepalive_settings>* settings_;
  std::uint64_t secret_;
  std::uint64_t newest_ =
      0;  // what the Pong to the newest Ping looks like: ours as it is, a relayed one as a digest
  time_point heard_at_;
  time_point pinged_at_;    // when the first of the unanswered Pings went out
  time_point newest_at_;    // when the last of them did
  std::uint32_t sent_ = 0;  // own Pings so far
  bool unanswered_ = false;
  bool newest_is_ours_ = false;
  bool running_ = true;
};

}  // namespace lastframe::protocol
