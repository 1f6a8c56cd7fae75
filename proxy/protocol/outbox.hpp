// What is queued for one leg: kept bytes first, then a range of the read buffer that has not been copied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "proxy/protocol/byte_queue.hpp"
#include "proxy/protocol/frame.hpp"

namespace lastframe::protocol {

/// The bytes to be written to one leg, in order. In the order of calls: `borrow`, `take` or `copy` any number
/// of times; the shell writes `buffers()`, then what `passing()` says, and tells `wrote` what the socket
/// took; `settle` keeps what it did not.
class outbox {
 public:
  explicit outbox(buffer_budget& budget) noexcept : kept_(budget) {}

  /// Queues bytes without copying them. They must stay until `settle`.
  void borrow(const_bytes bytes) {
    const bool goes_on = !borrowed_.empty() && borrowed_.data() + borrowed_.size() == bytes.data();
    if (!goes_on) return borrow_anew(bytes);
    borrowed_ = {borrowed_.data(), borrowed_.size() + bytes.size()};
  }
  /// Queues bytes that will be gone when this returns.
  void copy(const_bytes bytes);
  /// Queues all that `unit` holds and empties it, without copying where nothing is queued.
  void take(byte_queue& unit) {
    if (!unit.empty()) take_all(unit);
  }

  /// Queues `n` bytes that lie elsewhere, in the shell's hands. Not while such bytes are queued already.
  void pass(std::size_t n);

  [[nodiscard]] bool empty() const noexcept { return kept_.empty() && borrowed_.empty() && passing_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return kept_.size() + borrowed_.size() + passing_; }
  [[nodiscard]] std::array<const_bytes, 2> buffers() const noexcept {
    if (passing_ != 0) return {kept_.bytes().first(before_), const_bytes{}};
    return {kept_.bytes(), borrowed_};
  }
  /// How many bytes in the shell's hands follow on `buffers()`.
  [[nodiscard]] std::size_t passing() const noexcept { return passing_; }

  /// The socket took the first `n` bytes.
  void wrote(std::size_t n) noexcept;
  /// Copies what is still borrowed: the read buffer will be used again.
  void settle() {
    if (!borrowed_.empty()) keep_borrowed();
  }
  /// Forgets everything: the leg cannot be written to any more.
  void discard() noexcept;

  /// How many bytes the socket has taken since the start.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
  /// Where the next queued byte will stand in that count.
  [[nodiscard]] std::uint64_t end() const noexcept { return written_ + size(); }

  ~outbox() { discard(); }
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

 private:
  void borrow_anew(const_bytes bytes);
  void take_all(byte_queue& unit);
  void keep_borrowed();
  void wrote_passing(std::size_t n) noexcept;

  byte_queue kept_;
  const_bytes borrowed_;
  std::uint32_t before_ = 0;  // how much of what is kept stands before what passes; the rest stands behind it
  std::uint32_t passing_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace lastframe::protocol
