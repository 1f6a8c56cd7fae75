// The running proxy: workers, their listening sockets, telemetry; and its drain.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/net/listener.hpp"
#include "proxy/net/service_manager.hpp"
#include "proxy/net/task.hpp"
#include "proxy/server/certificates.hpp"
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
  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept { return addresses_; }
  [[nodiscard]] std::uint16_t telemetry_port() const noexcept { return telemetry_->port(); }
  [[nodiscard]] telemetry::logger& log() noexcept { return log_; }

  /// The files that it has read, besides the configuration: certificates and what belongs to them.
  [[nodiscard]] const std::vector<std::string>& files() const noexcept { return certificates_.files(); }
  /// Reads those files again if they have changed. New connections get what can be used of it; what cannot
  /// is logged and counted, and keeps what was before.
  void reload_files();

  /// Drains as configured (DESIGN §4, §7); done when nothing is open any more, or at `drain.deadline`.
  [[nodiscard]] net::task<void> drain();

 private:
  void warn_of_insecure();
  void listen();
  void listen_at(std::size_t listener, const std::string& path);
  void listen_at(std::size_t listener, std::vector<net::tcp_endpoint> where);
  [[nodiscard]] std::vector<net::inherited_listener>::iterator inherited_at(const net::endpoint& where);
  [[nodiscard]] bool listen_inherited(std::size_t listener, const net::endpoint& where);
  void share(std::size_t listener, net::acceptor listening, bool inherited);
  void refuse_what_is_left() const;
  void serve_telemetry();
  [[nodiscard]] bool idle() const noexcept;
  [[nodiscard]] net::task<void> await(std::function<bool()> reached, net::time_point until);
  void log_summary();

  std::shared_ptr<const config::settings> settings_;
  telemetry::log_output access_output_;
  telemetry::log_output log_output_;
  telemetry::catalogue names_;
  telemetry::access_log access_;
  telemetry::logger log_;
  certificates certificates_;
  telemetry::reload_status reloads_;
  telemetry::status status_{telemetry::phase::starting};
  session::admission connections_;
  std::vector<net::inherited_listener> inherited_;  // those that no listener has taken
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<std::string> addresses_;
  std::unique_ptr<telemetry::exporter> exporter_;
  std::unique_ptr<telemetry::server> telemetry_;  // last: its thread asks the workers, so it goes first
};

}  // namespace lastframe::server
