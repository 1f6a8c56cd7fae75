// The telemetry server: /metrics, /healthz, /readyz, /closes, /status, /codes, and the page at /.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/ask_worker.hpp"
#include "telemetry/exporter.hpp"
#include "telemetry/status.hpp"

namespace lastframe::telemetry {

/// Whether `/closes`, which shows peers' addresses, is served, and with it `/status`, `/codes` and the page.
/// `automatic`: only if the server listens on loopback, and only to a request whose Host is an address or
/// `localhost`, so that no web page can read it by a name of its own.
enum class details { automatic, always, never };

/// Where to listen and what not to exceed. The defaults are meant for use; tests shorten the times.
struct server_options {
  std::string host = "127.0.0.1";  ///< an address or a name that resolves to one
  std::uint16_t port = 10014;      ///< 0: any free one
  telemetry::details details = telemetry::details::automatic;
  std::size_t connections = 32;                     ///< beyond it the longest idle one is closed
  std::chrono::milliseconds idle_timeout{120'000};  ///< between requests
  std::chrono::milliseconds io_timeout{10'000};  ///< for one request to arrive, and for its answer to leave
  std::chrono::milliseconds worker_deadline{1'000};  ///< for the workers' answers to `/closes`
};

/// Serves from its construction to its destruction, in a thread of its own.
class server {
 public:
  /// Throws std::runtime_error if it cannot listen; the message says where, why, and what to do. `metrics`
  /// and `state` must outlive the server; `workers` are called until it is destroyed.
  server(const server_options& options, const exporter& metrics, const status& state,
         std::vector<ask_worker> workers);
  /// Cuts open connections and waits for its thread.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Requests from here on are shown more or less of what is details. Any thread.
  void show(details what) noexcept;

  /// The port it listens on.
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// How many times `/metrics` was delivered. Any thread.
  [[nodiscard]] std::uint64_t scrapes() const noexcept;
  /// Whether `/metrics` was ever delivered. Any thread.
  [[nodiscard]] bool scraped() const noexcept { return scrapes() != 0; }
  /// When the last delivered scrape began to read the counters: what was counted before that was seen. The
  /// clock's epoch if there was none. Any thread.
  [[nodiscard]] std::chrono::steady_clock::time_point last_scrape() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace lastframe::telemetry
