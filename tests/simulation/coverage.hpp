// What happened over many seeds, and what never did.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/world.hpp"

namespace lastframe::simulation {

class coverage {
 public:
  coverage();

  /// Adds the seed that `played` has just played to its end.
  void add(const world& played, const verdict& result);
  void merge(const coverage& other);

  [[nodiscard]] std::uint64_t seeds() const noexcept { return steps_.size(); }
  [[nodiscard]] std::uint64_t median_steps() const;
  [[nodiscard]] std::vector<std::string> never_seen() const;
  /// A table of all counts.
  void print() const;

 private:
  using counts = std::map<std::string, std::uint64_t>;

  static void count(counts& in, const std::string& what) { ++in[what]; }
  void add_faults(const world& played);

  counts rows_;
  counts faults_;
  std::vector<std::uint32_t> steps_;
};

}  // namespace lastframe::simulation
