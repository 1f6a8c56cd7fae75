#include "proxy/protocol/outbox.hpp"

#include <algorithm>

namespace lastframe::protocol {

void outbox::borrow(const_bytes bytes) {
  if (bytes.empty()) return;
  if (borrowed_.data() + borrowed_.size() == bytes.data() && !borrowed_.empty()) {
    borrowed_ = {borrowed_.data(), borrowed_.size() + bytes.size()};
    return;
  }
  settle();
  borrowed_ = bytes;
}

void outbox::copy(const_bytes bytes) {
  settle();
  kept_.append(bytes);
}

void outbox::take(byte_queue& unit) {
  if (unit.empty()) return;
  settle();
  if (kept_.empty()) {
    kept_.swap(unit);
  } else {
    kept_.append(unit.bytes());
  }
  unit.clear();
}

void outbox::wrote(std::size_t n) noexcept {
  written_ += n;
  const std::size_t kept = std::min(n, kept_.size());
  if (kept != 0) kept_.consume(kept);
  borrowed_ = borrowed_.subspan(n - kept);
}

void outbox::settle() {
  kept_.append(borrowed_);
  borrowed_ = {};
}

void outbox::discard() noexcept {
  kept_.clear();
  borrowed_ = {};
}

}  // namespace lastframe::protocol
