// Wiring: arguments, configuration, and what is to be run.
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "proxy/config/address.hpp"
#include "proxy/config/load.hpp"
#include "proxy/config/schema.hpp"
#include "proxy/demo/demo.hpp"
#include "proxy/explain.hpp"
#include "proxy/server/ask_drain.hpp"
#include "proxy/server/certificates.hpp"
#include "proxy/server/health.hpp"
#include "proxy/server/server.hpp"

namespace {

using namespace lastframe;

constexpr const char* default_config = "/etc/lastframe/lastframe.yaml";

/// What a command line says.
struct arguments {
  std::string config = default_config;
  std::string check_file;
  std::optional<std::size_t> code;
  std::string health_config;
  std::string health_address;
  std::optional<pid_t> drain_pid;
  bool drain_waits = true;
  demo::options demo;
};

/// The settings, or null after all faults were printed.
std::shared_ptr<const config::settings> load(const std::string& path) {
  config::load_result result = config::load_file(path);
  for (const config::fault& each : result.faults) {
    std::cerr << config::to_string(each) << '\n';
  }
  return std::move(result.loaded);
}

int run_proxy(const arguments& given) {
  auto settings = load(given.config);
  return settings ? server::run(std::move(settings), given.config) : 1;
}

int run_check(const arguments& given) {
  const auto settings = load(given.check_file);
  if (!settings) {
    return 1;
  }
  const auto faults = server::faults_of_files(*settings);
  for (const std::string& each : faults) {
    std::cerr << each << '\n';
  }
  if (!faults.empty()) {
    return 1;
  }
  std::cout << given.check_file << ": ok\n";
  return 0;
}

int run_explain(const arguments& given) {
  if (!given.code) {
    explain_all(std::cout);
    return 0;
  }
  if (*given.code <= 65'535 && explain(std::cout, static_cast<telemetry::close_code>(*given.code))) {
    return 0;
  }
  std::cerr << *given.code << ": no close code; they are 1000 to 4999 (`lastframe explain` lists them)\n";
  return 1;
}

/// Says what came of a question to a running proxy; the exit status.
int report(bool well, const std::string& text) {
  (well ? std::cout : std::cerr) << text << '\n';
  return well ? 0 : 1;
}

/// Whom `health` asks; none after the reason was printed.
std::optional<config::host_port> health_target(const arguments& given) {
  if (!given.health_address.empty()) {
    const auto parsed = config::parse_address(given.health_address, config::port_zero::refused);
    const auto* found = std::get_if<config::address>(&parsed);
    const auto* tcp = found != nullptr ? std::get_if<config::host_port>(&found->where) : nullptr;
    if (tcp != nullptr) {
      return *tcp;
    }
    std::cerr << config::in_quotes(given.health_address) << ": "
              << (found != nullptr ? "expected host:port" : std::get<std::string>(parsed)) << '\n';
    return std::nullopt;
  }
  // Where nothing is said and no file lies at the usual place, the proxy runs elsewhere: the default address
  // is the best guess.
  if (given.health_config.empty() && !std::filesystem::exists(default_config)) {
    return config::telemetry_settings{}.where;
  }
  const auto settings = load(given.health_config.empty() ? default_config : given.health_config);
  return settings ? std::optional{settings->telemetry.where} : std::nullopt;
}

int run_health(const arguments& given) {
  const auto target = health_target(given);
  if (!target) {
    return 1;
  }
  const server::health_answer answer = server::ask_health(*target);
  return report(answer.ready, answer.text);
}

int run_drain(const arguments& given) {
  const server::drain_answer answer = given.drain_pid ? server::ask_drain(*given.drain_pid, given.drain_waits)
                                                      : server::ask_drain(given.drain_waits);
  return report(answer.done, answer.text);
}

int run_schema(const arguments& /*given*/) {
  std::cout << config::json_schema();
  return std::cout.flush() ? 0 : 1;
}

/// The commands; each stores the function that runs it in `chosen`.
void describe(CLI::App& app, arguments& given, int (*&chosen)(const arguments&)) {
  app.set_version_flag("--version", "lastframe " LASTFRAME_VERSION);
  app.require_subcommand(0, 1);
  app.add_option("--config", given.config, "The configuration to run with")
      ->type_name("FILE")
      ->capture_default_str();

  CLI::App* const check = app.add_subcommand("check", "Validate a configuration, report all of its errors");
  check->add_option("FILE", given.check_file, "The configuration")->required()->type_name("");
  check->callback([&chosen] { chosen = run_check; });

  CLI::App* const demo =
      app.add_subcommand("demo", "Run in front of a built-in service that closes in every way");
  demo->add_option("--port", given.demo.port, "The proxy's port; 0 is any free one")->capture_default_str();
  demo->add_option("--telemetry-port", given.demo.telemetry_port, "The telemetry's port; 0 is any free one")
      ->capture_default_str();
  demo->add_flag("!--no-clients", given.demo.clients, "Do not run the built-in clients");
  demo->callback([&chosen] { chosen = [](const arguments& all) { return demo::run(all.demo); }; });

  CLI::App* const explain =
      app.add_subcommand("explain", "Say what a close code means, and what to do about it");
  explain->add_option("CODE", given.code, "The code; without it all are listed")->type_name("");
  explain->callback([&chosen] { chosen = run_explain; });

  CLI::App* const health =
      app.add_subcommand("health", "Ask a running proxy whether it is ready: exit 0 or 1");
  auto* const file =
      health->add_option("--config", given.health_config, "Ask the telemetry address of this configuration");
  auto* const address = health->add_option("--address", given.health_address, "Ask this telemetry address");
  file->type_name("FILE");
  address->type_name("HOST:PORT")->excludes(file);
  health->callback([&chosen] { chosen = run_health; });

  CLI::App* const drain =
      app.add_subcommand("drain", "Tell a running proxy to drain, and wait until it has ended");
  drain->add_option("--pid", given.drain_pid, "Its process; without it, the only other one of this program")
      ->type_name("PID")
      ->check(CLI::PositiveNumber);
  drain->add_flag("!--no-wait", given.drain_waits, "Return at once");
  drain->callback([&chosen] { chosen = run_drain; });

  app.add_subcommand("schema", "Print the JSON Schema of configurations, for editors")->callback([&chosen] {
    chosen = run_schema;
  });
}

}  // namespace

int main(int argc, char** argv) {
  arguments given;
  int (*chosen)(const arguments&) = run_proxy;
  CLI::App app{"lastframe, a WebSocket proxy that says why connections close", "lastframe"};
  try {
    describe(app, given, chosen);
    app.parse(argc, argv);
    return chosen(given);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << "lastframe: " << error.what() << '\n';
    return 1;
  }
}
