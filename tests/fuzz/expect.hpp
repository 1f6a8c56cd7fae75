// How a fuzzer says that something does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace lastframe::fuzz {

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace lastframe::fuzz
