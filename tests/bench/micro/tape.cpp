#include "tests/bench/micro/tape.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "proxy/protocol/relay.hpp"

namespace lastframe::bench {
namespace {

constexpr std::size_t largest_read = 64 << 10;
constexpr std::size_t least = 1 << 20;

}  // namespace

tape::tape(telemetry::leg from, std::size_t payload_size, arrival how) {
  protocol::frame_header header;
  header.opcode = protocol::opcodes::binary;
  header.length = payload_size;
  header.masked = from == telemetry::leg::client;
  header.mask = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  std::array<std::byte, protocol::max_header_size> encoded;
  const std::size_t header_size = protocol::encode_header(header, encoded.data());

  std::vector<std::byte> all;
  std::vector<std::size_t> rewritten;
  do {
    if (payload_size > protocol::hold) rewritten.push_back(all.size());
    all.insert(all.end(), encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(header_size));
    all.resize(all.size() + payload_size, std::byte{'x'});
    ++frames_;
  } while (all.size() < least);
  bytes_ = all.size();

  const std::size_t frame_size = header_size + payload_size;
  std::size_t size = 0;
  for (std::size_t begin = 0; begin < all.size(); begin += size) {
    const std::size_t left = how == arrival::alone ? frame_size - begin % frame_size : all.size() - begin;
    size = std::min(largest_read, left);
    one_read read;
    read.memory.resize(protocol::max_header_size);
    read.memory.insert(read.memory.end(), all.data() + begin, all.data() + begin + size);
    read.original = read.memory;
    for (const std::size_t at : rewritten) {
      if (at >= begin && at < begin + size) read.headers.push_back(at - begin);
    }
    reads_.push_back(std::move(read));
  }
}

protocol::mutable_bytes tape::read(std::size_t number) noexcept {
  return protocol::mutable_bytes(reads_[number].memory).subspan(protocol::max_header_size);
}

void tape::restore(std::size_t number) noexcept {
  one_read& read = reads_[number];
  // A header is at most `max_header_size` behind its start or, rewritten, as much before its payload.
  for (const std::size_t at : read.headers) {
    const std::size_t size = std::min(3 * protocol::max_header_size, read.memory.size() - at);
    std::memcpy(read.memory.data() + at, read.original.data() + at, size);
  }
}

}  // namespace lastframe::bench
