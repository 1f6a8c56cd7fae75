// What happens when: a queue of events in simulated time. At equal times the seed decides the order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/simulation/random.hpp"

namespace lastframe::simulation {

/// Microseconds since the tunnel began.
using sim_time = std::int64_t;
inline constexpr sim_time millisecond = 1'000;
inline constexpr sim_time second = 1'000'000;
inline constexpr sim_time far_away = INT64_MAX / 4;

/// The ends of a tunnel; an index, and the same as `telemetry::leg`.
inline constexpr std::size_t client = 0;
inline constexpr std::size_t upstream = 1;
constexpr std::size_t other(std::size_t which) {
  return 1 - which;
}

enum class event_kind : std::uint8_t {
  arrival,  ///< segments reach `side` of connection `which`
  ack,      ///< an acknowledgement reaches `side` of connection `which`
  poll,     ///< the proxy looks at its sockets
  timer,    ///< the proxy's timer
  act,      ///< peer `which` does the next thing that it means to do
  look,     ///< peer `which` reads its socket
  leave,    ///< peer `which` gives up waiting for its connection's end
  owner,    ///< the next thing that the proxy's owner does
  horizon,  ///< whoever is left shall come to an end
};

struct event {
  sim_time at;
  std::uint64_t order;
  std::uint64_t number;  ///< as the kind wants it
  event_kind kind;
  std::uint8_t which;
  std::uint8_t side;
};

class agenda {
 public:
  void begin(std::uint64_t seed) {
    heap_.clear();
    ties_ = random(seed);
    count_ = 0;
    now_ = 0;
  }

  [[nodiscard]] sim_time now() const noexcept { return now_; }
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }

  void add(sim_time at, event_kind kind, std::size_t which = 0, std::size_t side = 0,
           std::uint64_t number = 0) {
    // Ties between events that were planned one after the other are broken at random; the count makes it
    // total.
    heap_.push_back({std::max(at, now_), (ties_.next() & 0xFFFF'FFFF'0000'0000) | ++count_, number, kind,
                     static_cast<std::uint8_t>(which), static_cast<std::uint8_t>(side)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  /// Takes the next event; time moves on to it.
  event next() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const event first = heap_.back();
    heap_.pop_back();
    now_ = first.at;
    return first;
  }

 private:
  static bool later(const event& a, const event& b) noexcept {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }

  std::vector<event> heap_;
  random ties_{0};
  std::uint64_t count_ = 0;
  sim_time now_ = 0;
};

}  // namespace lastframe::simulation
