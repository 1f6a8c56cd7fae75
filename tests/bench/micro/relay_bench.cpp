// Bytes and frames a second of the relay alone, and of a whole tunnel without sockets.
#include <benchmark/benchmark.h>

#include "proxy/protocol/outbox.hpp"
#include "proxy/protocol/relay.hpp"
#include "tests/bench/micro/tunnel_loop.hpp"

namespace lastframe::bench {
namespace {

void count(benchmark::State& state, const tape& input) {
  const auto times = static_cast<double>(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.bytes()));
  state.counters["frames"] =
      benchmark::Counter(times * static_cast<double>(input.frames()), benchmark::Counter::kIsRate);
}

void relay_frames(benchmark::State& state) {
  const auto from = static_cast<telemetry::leg>(state.range(0));
  tape input(from, static_cast<std::size_t>(state.range(1)), arrival::batched);
  protocol::buffer_budget budget(256 << 20);
  protocol::relay relay(from, {}, UINT64_MAX, budget);
  for ([[maybe_unused]] const auto& turn : state) {
    for (std::size_t number = 0; number < input.reads(); ++number) {
      protocol::mutable_bytes in = input.read(number);
      for (auto unit = relay.next(in); unit.kind != protocol::unit_kind::none; unit = relay.next(in)) {
        benchmark::DoNotOptimize(unit.bytes.data());
        relay.held().clear();
      }
      input.restore(number);
    }
  }
  count(state, input);
}

void relay_through_a_tunnel(benchmark::State& state) {
  tunnel_loop tunnel(static_cast<telemetry::leg>(state.range(0)), static_cast<std::size_t>(state.range(1)),
                     arrival::batched);
  for ([[maybe_unused]] const auto& turn : state) tunnel.run();
  count(state, tunnel.input());
}

void sizes(benchmark::internal::Benchmark* all) {
  all->ArgNames({"from", "size"});
  for (const auto from : {telemetry::leg::client, telemetry::leg::upstream}) {
    for (const std::int64_t size : {16, 64, 1 << 10, 16 << 10, 64 << 10, 1 << 20}) {
      all->Args({static_cast<std::int64_t>(from), size});
    }
  }
}

BENCHMARK(relay_frames)->Apply(sizes);
BENCHMARK(relay_through_a_tunnel)->Apply(sizes);

}  // namespace
}  // namespace lastframe::bench

BENCHMARK_MAIN();
