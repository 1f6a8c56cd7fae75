// lastframe_bench: the service, the floor and the clients of tests/bench/compare.
#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "tests/bench/load/churn.hpp"
#include "tests/bench/load/echo.hpp"
#include "tests/bench/load/floor.hpp"
#include "tests/bench/load/mixed.hpp"
#include "tests/bench/load/poller.hpp"
#include "tests/bench/load/service.hpp"
#include "tests/bench/load/stream.hpp"

namespace lastframe::bench {
namespace {

constexpr const char* any_port = "127.0.0.1:0";

void add_service(CLI::App& app) {
  auto* command = app.add_subcommand("service", "echoes, swallows or sends messages, by the path");
  static std::string listen = any_port;
  command->add_option("--listen", listen);
  command->callback([] { serve(parse_address(listen)); });
}

void add_floor(CLI::App& app) {
  auto* command = app.add_subcommand("floor", "copies bytes between clients and an upstream");
  static std::string listen = any_port;
  static std::string upstream;
  command->add_option("--listen", listen);
  command->add_option("--upstream", upstream)->required();
  command->callback([] { copy_bytes(parse_address(listen), parse_address(upstream)); });
}

// What every measurement's command takes.
struct target_options {
  std::string address;
  bool tls = false;

  void add_to(CLI::App& command) {
    command.add_option("--to", address, "HOST:PORT")->required();
    command.add_flag("--tls", tls);
  }

  template <class Run>
  void with(const char* path, Run run) const {
    const tls_context context = tls ? make_client_context() : nullptr;
    run(target{parse_address(address), path, context.get()});
  }
};

void add_echo(CLI::App& app) {
  auto* command =
      app.add_subcommand("echo", "each answer calls for the next message; --count 0: idle tunnels");
  static target_options to;
  static echo_plan plan;
  to.add_to(*command);
  command->add_option("--tunnels", plan.tunnels);
  command->add_option("--size", plan.size);
  command->add_option("--depth", plan.depth);
  command->add_option("--warmup", plan.warmup);
  command->add_option("--count", plan.count);
  command->callback([] { to.with("/echo", [](const target& where) { run_echo(where, plan); }); });
}

void add_stream(CLI::App& app) {
  auto* command = app.add_subcommand("stream", "messages one way at full rate, down unless --up is given");
  static target_options to;
  static stream_plan plan;
  to.add_to(*command);
  command->add_flag("--up", plan.up);
  command->add_option("--tunnels", plan.tunnels);
  command->add_option("--size", plan.size);
  command->add_option("--warmup", plan.warmup);
  command->add_option("--count", plan.count);
  command->callback(
      [] { to.with(plan.up ? "/sink" : "/down", [](const target& where) { run_stream(where, plan); }); });
}

void add_churn(CLI::App& app) {
  auto* command = app.add_subcommand("churn", "connect, upgrade, echo, close; again and again");
  static target_options to;
  static churn_plan plan;
  to.add_to(*command);
  command->add_option("--at-once", plan.at_once);
  command->add_option("--size", plan.size);
  command->add_option("--warmup", plan.warmup);
  command->add_option("--count", plan.count);
  command->callback([] { to.with("/echo", [](const target& where) { run_churn(where, plan); }); });
}

void add_mixed(CLI::App& app) {
  auto* command = app.add_subcommand("mixed", "echoes at a fixed rate beside streams at full rate");
  static target_options to;
  static mixed_plan plan;
  to.add_to(*command);
  command->add_option("--streams", plan.streams);
  command->add_option("--stream-size", plan.stream_size);
  command->add_option("--size", plan.size);
  command->add_option("--rate", plan.rate);
  command->add_option("--warmup", plan.warmup);
  command->add_option("--count", plan.count);
  command->callback([] { to.with("/echo", [](const target& where) { run_mixed(where, plan); }); });
}

}  // namespace
}  // namespace lastframe::bench

int main(int argc, char** argv) {
  using namespace lastframe::bench;
  CLI::App app("What the benchmarks measure with; see tests/bench/README.md");
  app.require_subcommand(1);
  try {
    lift_descriptor_limit();
    add_service(app);
    add_floor(app);
    add_echo(app);
    add_stream(app);
    add_churn(app);
    add_mixed(app);
    CLI11_PARSE(app, argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lastframe_bench: %s\n", error.what());
    return 1;
  }
}
