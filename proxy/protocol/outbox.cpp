#include "proxy/protocol/outbox.hpp"

#include <algorithm>
#include <utility>

namespace lastframe::protocol {

void outbox::borrow_anew(const_bytes bytes) {
  if (bytes.empty()) return;
  if (passing_ != 0) return copy(bytes);
  settle();
  borrowed_ = bytes;
}

void outbox::copy(const_bytes bytes) {
  settle();
  kept_.append(bytes);
}

void outbox::take_all(byte_queue& unit) {
  settle();
  if (kept_.empty()) {
    kept_.swap(unit);
  } else {
    kept_.append(unit.bytes());
  }
  unit.clear();
}

void outbox::pass(std::size_t n) {
  settle();
  before_ = static_cast<std::uint32_t>(kept_.size());
  passing_ = static_cast<std::uint32_t>(n);
  kept_.budget().take(n);
}

void outbox::wrote(std::size_t n) noexcept {
  written_ += n;
  if (passing_ != 0) return wrote_passing(n);
  const std::size_t kept = std::min(n, kept_.size());
  if (kept != 0) kept_.consume(kept);
  borrowed_ = borrowed_.subspan(n - kept);
}

void outbox::wrote_passing(std::size_t n) noexcept {
  const std::size_t kept = std::min<std::size_t>(n, before_);
  if (kept != 0) kept_.consume(kept);
  before_ -= static_cast<std::uint32_t>(kept);
  passing_ -= static_cast<std::uint32_t>(n - kept);
  kept_.budget().give(n - kept);
}

void outbox::keep_borrowed() {
  kept_.append(borrowed_);
  borrowed_ = {};
}

void outbox::discard() noexcept {
  kept_.clear();
  borrowed_ = {};
  kept_.budget().give(std::exchange(passing_, 0));
}

}  // namespace lastframe::protocol
