// Bytes that must be kept: what a leg holds of an unfinished unit, and what a peer has not taken yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "proxy/protocol/frame.hpp"

namespace lastframe::protocol {

/// What all tunnels of one worker may hold together (DESIGN R4). Not thread-safe: each worker has its own.
class buffer_budget {
 public:
  explicit buffer_budget(std::uint64_t limit) noexcept : limit_(limit) {}

  /// What is held already may be more: then nothing is added until it is less.
  void limit(std::uint64_t bytes) noexcept { limit_ = bytes; }
  void take(std::uint64_t n) noexcept { held_ += n; }
  void give(std::uint64_t n) noexcept { held_ -= n; }
  [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
  [[nodiscard]] bool above_half() const noexcept { return held_ > limit_ / 2; }
  [[nodiscard]] bool exhausted() const noexcept { return held_ >= limit_; }

 private:
  std::uint64_t limit_;
  std::uint64_t held_ = 0;
};

/// A first-in, first-out queue of bytes in one block that grows as bytes arrive and is freed when the queue
/// is empty. Its block counts against a budget that must outlive it. The bytes stay where they are until the
/// next `append`.
class byte_queue {
 public:
  explicit byte_queue(buffer_budget& budget) noexcept : budget_(&budget) {}
  ~byte_queue() { clear(); }
  byte_queue(const byte_queue&) = delete;
  byte_queue& operator=(const byte_queue&) = delete;

  [[nodiscard]] bool empty() const noexcept { return !block_; }
  [[nodiscard]] std::size_t size() const noexcept { return block_ ? block_->end - block_->begin : 0; }
  [[nodiscard]] const_bytes bytes() const noexcept {
    return block_ ? const_bytes{block_->data() + block_->begin, size()} : const_bytes{};
  }
  [[nodiscard]] buffer_budget& budget() const noexcept { return *budget_; }

  void append(const_bytes bytes);
  /// Drops the first `n` bytes, of which there are at least as many.
  void consume(std::size_t n) noexcept;
  void clear() noexcept;
  void swap(byte_queue& other) noexcept;

  /// Puts a header in front of the first byte. Right only before anything was consumed: room for one is kept.
  void prepend(const frame_header& header) noexcept;

 private:
  /// What stands before the bytes, so that an empty queue is two pointers.
  struct block {
    std::uint32_t capacity;
    std::uint32_t begin;
    std::uint32_t end;

    [[nodiscard]] std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  };
  struct freed {
    void operator()(block* b) const noexcept { ::operator delete(b); }
  };

  void grow(std::size_t room);

  buffer_budget* budget_;
  std::unique_ptr<block, freed> block_;  // none: empty
};

}  // namespace lastframe::protocol
