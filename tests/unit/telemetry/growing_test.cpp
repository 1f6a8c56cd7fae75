#include "telemetry/growing.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lastframe::telemetry {
namespace {

TEST(growing, holds_what_was_asked_for_where_it_stays) {
  growing<int> all;
  EXPECT_EQ(all.size(), 0U);
  std::vector<const int*> places;
  for (std::size_t n = 1; n <= 100; ++n) {
    all.grow(n);
    EXPECT_EQ(all.size(), n);
    EXPECT_EQ(all[n - 1], 0);
    all[n - 1] = static_cast<int>(n);
    places.push_back(&all[n - 1]);
  }
  all.grow(7);
  EXPECT_EQ(all.size(), 100U) << "it never shrinks";
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(&all[i], places[i]);
    EXPECT_EQ(all[i], static_cast<int>(i) + 1);
  }
}

TEST(growing, shows_a_reader_only_what_is_there) {
  constexpr std::size_t most = 5'000;
  growing<std::atomic<int>> all;
  std::thread reading{[&] {
    for (std::size_t seen = 0; seen < most;) {
      const std::size_t now = all.size();
      EXPECT_GE(now, seen);
      for (std::size_t i = seen; i < now; ++i) all[i] = 1;
      seen = now;
    }
  }};
  for (std::size_t n = 1; n <= most; ++n) all.grow(n);
  reading.join();
  for (std::size_t i = 0; i < most; ++i) EXPECT_EQ(all[i], 1);
}

}  // namespace
}  // namespace lastframe::telemetry
