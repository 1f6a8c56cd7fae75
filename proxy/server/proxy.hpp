// The running proxy: workers, their listening sockets, telemetry; how it changes, and its drain.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/config/load.hpp"
#include "proxy/net/service_manager.hpp"
#include "proxy/net/task.hpp"
#include "proxy/server/catalogue.hpp"
#include "proxy/server/certificates.hpp"
#include "proxy/server/listeners.hpp"
#include "proxy/server/worker.hpp"
#include "telemetry/exporter.hpp"
#include "telemetry/log_output.hpp"
#include "telemetry/reload_status.hpp"
#include "telemetry/server.hpp"

namespace lastframe::server {

/// Serves from its construction on. One thread uses it.
class proxy {
 public:
  /// Opens all listeners, but for those that are `inherited` open, and begins to serve. Throws
  /// std::system_error or std::runtime_error if it cannot; the message says what, where, and what to do.
  explicit proxy(std::shared_ptr<const config::settings> settings,
                 std::vector<net::inherited_listener> inherited = {});
  proxy(const proxy&) = delete;
  proxy& operator=(const proxy&) = delete;

  /// Where it listens, as text, in the configuration's order, a name's addresses one by one; with the port
  /// that port 0 became.
  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept { return listeners_.addresses(); }
  [[nodiscard]] std::uint16_t telemetry_port() const noexcept { return telemetry_->port(); }
  [[nodiscard]] telemetry::logger& log() noexcept { return log_; }

  /// Those in force.
  [[nodiscard]] const config::settings& settings() const noexcept { return *settings_; }

  /// Serves new connections by what was read of the configuration; open tunnels, and handshakes under way, go
  /// on with what they began with. Where that cannot be, nothing changes. Logs and counts what came of it;
  /// true: it is in force. Not to be called any more once it drains.
  bool reload(const config::load_result& read);
  /// Reads the TLS files again if they have changed. New connections get what can be used of it; what cannot
  /// is logged and counted, and keeps what was before.
  void reload_files();

  /// Drains as configured (DESIGN §4, §7); done when nothing is open any more, or at `drain.deadline`.
  [[nodiscard]] net::task<void> drain();

 private:
  void warn_of_insecure();
  void serve_telemetry();
  [[nodiscard]] session::revision revision() const;
  [[nodiscard]] std::vector<std::string> try_to_apply(std::shared_ptr<const config::settings> next);
  void apply(std::shared_ptr<const config::settings> next, certificates files, listeners::plan sockets);
  void await_workers();
  [[nodiscard]] bool idle() const noexcept;
  [[nodiscard]] net::task<void> await(std::function<bool()> reached, net::time_point until);
  void log_summary();

  std::shared_ptr<const config::settings> settings_;
  telemetry::log_output access_output_;
  telemetry::log_output log_output_;
  telemetry::access_log access_;
  telemetry::logger log_;
  certificates certificates_;
  std::shared_ptr<const telemetry::catalogue> names_;
  std::vector<session::route_numbers> numbers_;
  std::shared_ptr<telemetry::code_labels> labels_;
  telemetry::reload_status reloads_;
  bool refused_ = false;  // the configuration that was read last
  telemetry::status status_{telemetry::phase::starting};
  session::admission connections_;
  listeners::workers workers_;
  listeners listeners_;
  std::unique_ptr<telemetry::exporter> exporter_;
  std::unique_ptr<telemetry::server> telemetry_;  // last: its thread asks the workers, so it goes first
};

/// How many connections may be held only to be told that there is no place: of the descriptors that
/// `connections` clients and their upstreams leave.
[[nodiscard]] std::size_t closing_places_of(const config::settings& settings, std::size_t connections);

}  // namespace lastframe::server
