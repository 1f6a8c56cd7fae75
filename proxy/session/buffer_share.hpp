// What a connection holds in memory before it is a tunnel.
#pragma once

#include <cstddef>
#include <utility>

#include "proxy/protocol/byte_queue.hpp"

namespace lastframe::session {

/// Bytes that count against a worker's budget together with those of its tunnels (DESIGN R4), until this is
/// destroyed. The budget must outlive it.
class buffer_share {
 public:
  explicit buffer_share(protocol::buffer_budget& from) noexcept : from_(&from) {}
  buffer_share(buffer_share&& other) noexcept : from_(other.from_), held_(std::exchange(other.held_, 0)) {}
  buffer_share& operator=(buffer_share&& other) noexcept {
    std::swap(from_, other.from_);
    std::swap(held_, other.held_);
    return *this;
  }
  ~buffer_share() { clear(); }

  /// Holds `n` bytes more.
  void add(std::size_t n) noexcept {
    from_->take(n);
    held_ += n;
  }
  void clear() noexcept { from_->give(std::exchange(held_, 0)); }
  /// Whether all that the worker may hold is held.
  [[nodiscard]] bool exhausted() const noexcept { return from_->exhausted(); }

 private:
  protocol::buffer_budget* from_;
  std::size_t held_ = 0;
};

}  // namespace lastframe::session
