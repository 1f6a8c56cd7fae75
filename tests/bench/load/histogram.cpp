#include "tests/bench/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lastframe::bench {
namespace {

constexpr unsigned bits = 7;  // of a value that tell its bucket
constexpr std::uint64_t linear = std::uint64_t{1} << bits;

// Values below 2 * `linear` have a bucket each; of larger ones the highest bit and the `bits` behind it
// count.
std::size_t bucket_of(std::uint64_t value) {
  if (value < 2 * linear) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
  return shift * linear + (value >> shift);
}

std::uint64_t last_of(std::size_t bucket) {
  if (bucket < 2 * linear) return bucket;
  const std::uint64_t shift = bucket / linear - 1;
  return (((bucket % linear + linear + 1) << shift) - 1);
}

}  // namespace

histogram::histogram() : buckets_(bucket_of(~std::uint64_t{0}) + 1) {}

void histogram::record(std::uint64_t value) noexcept {
  ++buckets_[bucket_of(value)];
  ++count_;
  most_ = std::max(most_, value);
}

std::uint64_t histogram::percentile(double share) const noexcept {
  const auto wanted = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (static_cast<double>(seen) >= wanted) return std::min(last_of(bucket), most_);
  }
  return most_;
}

}  // namespace lastframe::bench
