// One thread, one loop, its own listening sockets and counters.
#pragma once

#include <atomic>
#include <functional>
#include <future>
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
  telemetry::access_log& access;
  telemetry::logger& log;
  session::admission& connections;
};

/// Serves from `start` to its destruction. Its public functions are the main thread's, but for `ask`.
class worker {
 public:
  worker(const shared_services& shared, const session::revision& first,
         std::shared_ptr<telemetry::code_labels> labels);
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// Where its listening sockets are made.
  [[nodiscard]] asio::io_context& io() noexcept { return io_; }
  [[nodiscard]] const telemetry::recorder& counts() const noexcept { return recorder_; }
  /// Makes counters for what a later catalogue has more; to be done before the revision that counts there.
  void grow(const telemetry::catalogue& names) { recorder_.grow(names); }
  /// Accepts there, too: from `start` on, or soon.
  void listen(session::listening_socket opened);
  /// Starts the thread. Once.
  void start();
  /// Runs `look` on the worker's thread, soon. Any thread.
  void ask(std::function<void(const telemetry::recorder&)> look);
  /// Connections from here on are served by another revision; those of before, also those that wait at a
  /// listener that it has no more, go on with theirs.
  void use(const session::revision& next);
  /// Ready when all that it was told until now is done.
  [[nodiscard]] std::future<void> caught_up();
  /// Whether a client that waits in a backlog may still be accepted. Any thread.
  [[nodiscard]] bool accepting() const noexcept { return accepting_; }
  /// Accepts no more clients, and gives each tunnel, those still to open too, its moment of the plan.
  void drain(const session::drain_plan& plan);
  /// Cuts what is still open, then stops for good: connections that are no tunnels yet end with the worker.
  void abort();
  /// Whether it has stopped. Any thread.
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

 private:
  void use_now(session::revision next);
  void cut_all();

  // What handshakes give back when they end: some do so with the io_context.
  protocol::buffer_budget budget_;
  asio::io_context io_;  // of listening sockets, for which the loop waits: nothing runs there
  net::event_loop loop_;
  telemetry::recorder recorder_;
  session::worker_context context_;
  std::vector<std::shared_ptr<session::listening_socket>> listening_;  // each until its coroutine has ended
  std::atomic<bool> accepting_{true};
  std::atomic<bool> aborted_{false};
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace lastframe::server
