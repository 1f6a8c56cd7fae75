// Spreads the answers to a route's upstream failures while they keep coming (DESIGN §3).
#pragma once

#include <array>
#include <cstdint>

#include "proxy/protocol/keepalive.hpp"

namespace lastframe::protocol {

/// One route's recent upstream failures on one worker. Many clients reset their backoff when a connection
/// opens, so a Close sent at once would only bring them back at once.
class failure_pacer {
 public:
  /// A failure happened; `random` is any number. How long its answer is to wait: nothing while failures are
  /// rare, else a time up to `longest`.
  [[nodiscard]] milliseconds failed(time_point now, milliseconds longest, std::uint64_t random) noexcept;

  /// Upstream accepted an upgrade: the route no longer keeps failing.
  void succeeded() noexcept { failing_ = false; }

 private:
  static constexpr std::size_t few = 3;

  std::array<time_point, few> recent_{};  // a ring
  time_point last_{};
  std::size_t next_ = 0;
  bool failing_ = false;
};

}  // namespace lastframe::protocol
