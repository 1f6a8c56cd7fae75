// What a measurement prints: one line of JSON.
#pragma once

#include <cstdint>

#include <nlohmann/json.hpp>

#include "tests/bench/load/histogram.hpp"

namespace lastframe::bench {

class report {
 public:
  /// `begun` as `now` told it.
  explicit report(std::uint64_t begun);

  void add(const char* name, std::uint64_t value) { values_[name] = value; }
  /// `p50_us` and so on, from nanoseconds.
  void add_latencies(const histogram& nanoseconds);
  void print() const;

 private:
  nlohmann::ordered_json values_;
};

}  // namespace lastframe::bench
