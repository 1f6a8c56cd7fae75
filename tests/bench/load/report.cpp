#include "tests/bench/load/report.hpp"

#include <cstdio>

#include "tests/bench/load/client.hpp"

namespace lastframe::bench {
namespace {

double in_us(std::uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e3;
}

}  // namespace

report::report(std::uint64_t begun) {
  values_["seconds"] = in_us(now() - begun) / 1e6;
}

void report::add_latencies(const histogram& nanoseconds) {
  values_["p50_us"] = in_us(nanoseconds.percentile(0.5));
  values_["p90_us"] = in_us(nanoseconds.percentile(0.9));
  values_["p99_us"] = in_us(nanoseconds.percentile(0.99));
  values_["most_us"] = in_us(nanoseconds.most());
}

void report::print() const {
  std::puts(values_.dump().c_str());
  std::fflush(stdout);
}

}  // namespace lastframe::bench
