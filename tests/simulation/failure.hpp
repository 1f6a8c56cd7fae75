// How a broken invariant ends a simulation.
#pragma once

#include <stdexcept>
#include <string>

namespace lastframe::simulation {

/// What was expected, and did not hold.
class broken_promise : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void expect(bool holds, const char* promise) {
  if (!holds) throw broken_promise(promise);
}

}  // namespace lastframe::simulation
