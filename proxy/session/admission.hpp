// How many client connections the process holds, and whether one more may come (DESIGN §3, overload).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <utility>

namespace lastframe::session {

/// Counts connections against the limits of all workers together. Any thread.
class admission {
 public:
  /// To be served; to be given a Close; to be told 503; none at all.
  enum class kind { full, closing, refused, none };

  /// How many may be held to be told 503. Not configured: it only keeps a flood off the descriptors.
  static constexpr std::size_t most_refused = 64;

  /// A place that was taken; given back when destroyed. The admission must outlive it.
  class ticket {
   public:
    ticket() noexcept = default;
    ticket(admission& from, kind what) noexcept : from_(&from), what_(what) {}
    ticket(ticket&& other) noexcept : from_(other.from_), what_(std::exchange(other.what_, kind::none)) {}
    ticket& operator=(ticket&& other) noexcept {
      std::swap(from_, other.from_);
      std::swap(what_, other.what_);
      return *this;
    }
    ~ticket() {
      if (what_ != kind::none) --from_->taken_[index(what_)];
    }
    [[nodiscard]] kind what() const noexcept { return what_; }

   private:
    admission* from_ = nullptr;
    kind what_ = kind::none;
  };

  admission(std::size_t connections, std::size_t closing) noexcept
      : limits_{connections, closing, most_refused} {}

  /// Other limits from here on. Nobody loses a place: where more are taken than there are, none is given.
  void limit(std::size_t connections, std::size_t closing) noexcept {
    limits_[index(kind::full)] = connections;
    limits_[index(kind::closing)] = closing;
  }

  /// The best place that is left.
  [[nodiscard]] ticket enter() noexcept {
    for (const kind what : {kind::full, kind::closing, kind::refused}) {
      if (taken_[index(what)].fetch_add(1) < limits_[index(what)]) return {*this, what};
      --taken_[index(what)];
    }
    return {};
  }

  /// All places that are taken.
  [[nodiscard]] std::size_t held() const noexcept { return taken_[0] + taken_[1] + taken_[2]; }

 private:
  [[nodiscard]] static constexpr std::size_t index(kind what) noexcept {
    return static_cast<std::size_t>(what);
  }

  std::array<std::atomic<std::size_t>, 3> limits_;  // by kind
  std::array<std::atomic<std::size_t>, 3> taken_{};
};

/// How many connections may be held only to deliver a Close: `wanted`, or what descriptors are left beside
/// two for each of `connections` and the process' `own`. Never none at all, since not all of those are in use
/// at all times.
[[nodiscard]] constexpr std::size_t closing_places(std::size_t wanted, std::size_t connections,
                                                   std::size_t own, std::size_t descriptors) noexcept {
  constexpr std::size_t fewest = 16;
  const std::size_t used = 2 * connections + own + admission::most_refused;
  return std::min(wanted, descriptors > used + fewest ? descriptors - used : fewest);
}

}  // namespace lastframe::session
