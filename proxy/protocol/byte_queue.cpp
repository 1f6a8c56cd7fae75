#include "proxy/protocol/byte_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lastframe::protocol {

namespace {

constexpr std::size_t smallest_block = 512;
// Past this a block grows by steps, so that a large piece takes what it needs and not up to twice that.
constexpr std::size_t largest_step = 64 << 10;

}  // namespace

void byte_queue::append(const_bytes bytes) {
  if (bytes.empty()) return;
  if (capacity_ - end_ < bytes.size()) grow(bytes.size());
  std::memcpy(data_.get() + end_, bytes.data(), bytes.size());
  end_ += static_cast<std::uint32_t>(bytes.size());
}

void byte_queue::grow(std::size_t room) {
  const std::size_t needed = max_header_size + size() + room;
  const std::size_t step = std::clamp<std::size_t>(capacity_, smallest_block, largest_step);
  const std::size_t capacity = std::max<std::size_t>(needed, capacity_ + step);
  auto block = std::make_unique_for_overwrite<std::byte[]>(capacity);
  if (!empty()) std::memcpy(block.get() + max_header_size, data_.get() + begin_, size());
  end_ = static_cast<std::uint32_t>(max_header_size + size());
  begin_ = max_header_size;
  budget_->take(capacity - capacity_);
  data_ = std::move(block);
  capacity_ = static_cast<std::uint32_t>(capacity);
}

void byte_queue::consume(std::size_t n) noexcept {
  begin_ += static_cast<std::uint32_t>(n);
  if (empty()) clear();
}

void byte_queue::clear() noexcept {
  data_.reset();
  budget_->give(capacity_);
  capacity_ = begin_ = end_ = 0;
}

void byte_queue::swap(byte_queue& other) noexcept {
  std::swap(budget_, other.budget_);
  std::swap(data_, other.data_);
  std::swap(capacity_, other.capacity_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
}

void byte_queue::prepend(const frame_header& header) noexcept {
  begin_ -= static_cast<std::uint32_t>(header.size());
  encode_header(header, data_.get() + begin_);
}

}  // namespace lastframe::protocol
