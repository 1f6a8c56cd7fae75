// What reading from and writing to a connection came to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lastframe::net {

/// What an attempt to read or write came to.
enum class io_status : std::uint8_t {
  done,         ///< `size` bytes, at least one
  would_block,  ///< nothing now
  end,          ///< reading: the peer sent its FIN; writing: it closed in order, without a reset
  reset,        ///< the connection is gone, by a reset or another error of the transport
};

/// What may lie behind the bytes that a peer has sent so far; a later one covers those before it.
enum class tail : std::uint8_t {
  nothing,
  fin,      ///< its FIN, and nothing else
  unknown,  ///< anything
};

struct io_result {
  io_status status = io_status::would_block;
  std::size_t size = 0;
  bool drained = false;  ///< reading: no byte was left behind
};

}  // namespace lastframe::net
