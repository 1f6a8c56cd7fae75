// What one peer sends, cut into reads as a socket would, ready to be relayed again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "proxy/protocol/frame.hpp"
#include "telemetry/vocabulary.hpp"

namespace lastframe::bench {

/// How much a read finds.
enum class arrival : std::uint8_t {
  batched,  ///< 64 KiB, whatever frames that is
  alone,    ///< one frame, at most 64 KiB of it
};

/// At least 1 MiB of frames of one size, cut into reads. The relay writes headers of fragments into its
/// input: after a read was relayed, `restore` it.
class tape {
 public:
  tape(telemetry::leg from, std::size_t payload_size, arrival how);

  [[nodiscard]] std::size_t reads() const noexcept { return reads_.size(); }
  [[nodiscard]] protocol::mutable_bytes read(std::size_t number) noexcept;
  void restore(std::size_t number) noexcept;

  /// Of all reads together.
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  struct one_read {
    std::vector<std::byte> memory;  // with room for a header in front
    std::vector<std::size_t> headers;
    std::vector<std::byte> original;
  };

  std::vector<one_read> reads_;
  std::uint64_t frames_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace lastframe::bench
