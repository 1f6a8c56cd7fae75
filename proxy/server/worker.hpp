// One thread, one io_context, its own listening sockets and counters.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "proxy/session/accept.hpp"
#include "proxy/session/worker_context.hpp"

namespace lastframe::server {

namespace asio = boost::asio;

/// What the workers of a process share. Outlives them.
struct shared_services {
  std::shared_ptr<const config::settings> settings;
  std::shared_ptr<const session::tls_setup> tls;
  telemetry::access_log& access;
  telemetry::logger& log;
  session::admission& connections;
};

/// Serves from `start` to its destruction. Its public functions are the main thread's, but for `ask`.
class worker {
 public:
  worker(const shared_services& shared, const telemetry::catalogue& names,
         std::shared_ptr<telemetry::code_labels> labels);
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// Where its listening sockets are made.
  [[nodiscard]] asio::io_context& io() noexcept { return io_; }
  [[nodiscard]] const telemetry::recorder& counts() const noexcept { return recorder_; }
  [[nodiscard]] std::vector<session::listening_socket>& listening() noexcept { return listening_; }

  /// Begins to accept and starts the thread. Once.
  void start();
  /// Runs `look` on the worker's thread, soon. Any thread.
  void ask(std::function<void(const telemetry::recorder&)> look);
  /// Connections from here on are made with other certificates; open ones go on with theirs.
  void use(std::shared_ptr<const session::tls_setup> tls);
  /// Whether a client that waits in a backlog may still be accepted. Any thread.
  [[nodiscard]] bool accepting() const noexcept { return accepting_; }
  /// Accepts no more clients, and gives each tunnel, those still to open too, its moment of the plan.
  void drain(const session::drain_plan& plan);
  /// Cuts what is still open, then stops for good: connections that are no tunnels yet end with the worker.
  void abort();
  /// Whether it has stopped. Any thread.
  [[nodiscard]] bool stopped() const noexcept { return loop_.stopped(); }

 private:
  // What handshakes give back when they end: some do so with the io_context.
  protocol::buffer_budget budget_;
  asio::io_context io_;  // of listening sockets, for which the loop waits: nothing runs there
  net::event_loop loop_;
  telemetry::recorder recorder_;
  session::worker_context context_;
  std::vector<session::listening_socket> listening_;
  std::atomic<bool> accepting_{true};
  std::thread thread_;
};

}  // namespace lastframe::server
