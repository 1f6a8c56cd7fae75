#include "proxy/protocol/byte_queue.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace lastframe::protocol {

namespace {

constexpr std::size_t smallest_block = 512;
// Past this a block grows by steps, so that a large piece takes what it needs and not up to twice that.
constexpr std::size_t largest_step = 64 << 10;

}  // namespace

void byte_queue::append(const_bytes bytes) {
  if (bytes.empty()) return;
  if (!block_ || block_->capacity - block_->end < bytes.size()) grow(bytes.size());
  std::memcpy(block_->data() + block_->end, bytes.data(), bytes.size());
  block_->end += static_cast<std::uint32_t>(bytes.size());
}

void byte_queue::grow(std::size_t room) {
  const const_bytes old = bytes();
  const std::size_t before = block_ ? block_->capacity : 0;
  const std::size_t step = std::clamp<std::size_t>(before, smallest_block, largest_step);
  const std::size_t capacity = std::max(max_header_size + old.size() + room, before + step);
  std::unique_ptr<block, freed> larger(::new (::operator new(sizeof(block) + capacity)) block{
      .capacity = static_cast<std::uint32_t>(capacity),
      .begin = max_header_size,
      .end = static_cast<std::uint32_t>(max_header_size + old.size())});
  if (!old.empty()) std::memcpy(larger->data() + larger->begin, old.data(), old.size());
  budget_->take(capacity - before);
  block_ = std::move(larger);
}

void byte_queue::consume(std::size_t n) noexcept {
  if (n == size()) return clear();
  block_->begin += static_cast<std::uint32_t>(n);
}

void byte_queue::clear() noexcept {
  if (!block_) return;
  budget_->give(block_->capacity);
  block_.reset();
}

void byte_queue::swap(byte_queue& other) noexcept {
  std::swap(budget_, other.budget_);
  std::swap(block_, other.block_);
}

void byte_queue::prepend(const frame_header& header) noexcept {
  block_->begin -= static_cast<std::uint32_t>(header.size());
  encode_header(header, block_->data() + block_->begin);
}

}  // namespace lastframe::protocol
