// Relays frames of one size through a tunnel without sockets, for callgrind: `lastframe_bench_tunnel LEG SIZE
// TIMES`.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "tests/bench/micro/tunnel_loop.hpp"

namespace lastframe::bench {

// tests/bench/instructions counts what is done in here.
[[gnu::noinline]] void measured(tunnel_loop& tunnel, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) tunnel.run();
}

}  // namespace lastframe::bench

int main(int argc, char** argv) {
  using namespace lastframe;
  const auto number = [&](int place) {
    std::size_t value = 0;
    std::from_chars(argv[place], argv[place] + std::strlen(argv[place]), value);
    return value;
  };
  if (argc != 5) return 2;
  const auto from = std::string_view(argv[1]) == "client" ? telemetry::leg::client : telemetry::leg::upstream;
  const auto how = std::string_view(argv[2]) == "alone" ? bench::arrival::alone : bench::arrival::batched;
  bench::tunnel_loop tunnel(from, number(3), how);
  bench::measured(tunnel, number(4));
  const auto relayed = static_cast<unsigned long long>(tunnel.relayed_messages());
  std::printf("{\"frames\": %llu}\n", relayed);
  return relayed == tunnel.input().frames() * number(4) ? 0 : 1;
}
