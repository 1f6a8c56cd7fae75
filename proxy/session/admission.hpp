// How many client connections the process holds, and whether one more may come (DESIGN §3, overload).
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace lastframe::session {

/// Counts connections against the limits of all workers together. Any thread.
class admission {
 public:
  enum class kind { none, full, closing };

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
      if (what_ != kind::none) --from_->taken(what_);
    }
    [[nodiscard]] kind what() const noexcept { return what_; }

   private:
    admission* from_ = nullptr;
    kind what_ = kind::none;
  };

  admission(std::size_t connections, std::size_t closing) noexcept
      : connection_limit_(connections), closing_limit_(closing) {}

  /// A full place, else one that allows only to deliver a Close, else `kind::none`.
  [[nodiscard]] ticket enter() noexcept {
    if (take(kind::full, connection_limit_)) return {*this, kind::full};
    if (take(kind::closing, closing_limit_)) return {*this, kind::closing};
    return {};
  }

  /// All places that are taken.
  [[nodiscard]] std::size_t held() const noexcept { return connections_ + closing_; }

 private:
  [[nodiscard]] std::atomic<std::size_t>& taken(kind what) noexcept {
    return what == kind::full ? connections_ : closing_;
  }
  [[nodiscard]] bool take(kind what, std::size_t limit) noexcept {
    if (taken(what).fetch_add(1) < limit) return true;
    --taken(what);
    return false;
  }

  const std::size_t connection_limit_;
  const std::size_t closing_limit_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> closing_{0};
};

}  // namespace lastframe::session
