// Where the proxy listens: what is open, and how that becomes what a configuration says.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/net/listener.hpp"
#include "proxy/net/service_manager.hpp"
#include "proxy/server/worker.hpp"
#include "telemetry/logger.hpp"

namespace lastframe::server {

/// The listening sockets of all workers. A listener is known by its address as configured: as long as the
/// configuration has that, its sockets stay open. One thread uses it.
class listeners {
 public:
  using workers = std::vector<std::unique_ptr<worker>>;

  /// `all` and `log` outlive it. The sockets that are `inherited` open serve the listeners of their
  /// addresses.
  listeners(workers& all, telemetry::logger& log, std::vector<net::inherited_listener> inherited)
      : workers_(all), log_(log), inherited_(std::move(inherited)) {}

  /// What a configuration has open, once its new sockets are served.
  class plan;

  /// Opens what `wanted` has more than is open. Nobody is accepted there yet; dropped, it is closed again.
  /// Throws std::system_error or std::runtime_error if one cannot be opened, or one that was inherited is not
  /// wanted; the message says which, and why.
  [[nodiscard]] plan prepare(const config::settings& wanted);
  /// Lets the workers accept at what `prepare` has opened; they have its revision by now, and so have closed
  /// what it has no more.
  void serve(plan prepared);

  /// Where it listens, as text, in the configuration's order, a name's addresses one by one; with the port
  /// that port 0 became.
  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept { return addresses_; }

 private:
  /// One that is open.
  struct opened {
    std::string name;                    ///< see config::listener_names
    std::vector<std::string> addresses;  ///< as text
    bool inherited = false;
  };
  /// A socket for a worker.
  struct share {
    std::size_t worker;
    session::listening_socket socket;
  };

  [[nodiscard]] std::vector<net::tcp_endpoint> look_up(const config::listener& wanted);
  void open(plan& made, opened& as, const config::listener& wanted, std::vector<net::tcp_endpoint> where);
  [[nodiscard]] bool open_inherited(plan& made, opened& as, const net::endpoint& where);
  void share_out(plan& made, const opened& as, net::acceptor listening);
  [[nodiscard]] std::vector<net::inherited_listener>::iterator inherited_at(const net::endpoint& where);
  void refuse_what_is_left() const;

  workers& workers_;
  telemetry::logger& log_;
  std::vector<net::inherited_listener> inherited_;  // those that no listener has taken
  std::vector<opened> open_;
  std::vector<std::string> addresses_;
};

class listeners::plan {
 public:
  plan() = default;
  plan(plan&&) = default;
  plan& operator=(plan&&) = delete;
  ~plan();

 private:
  friend class listeners;
  std::vector<opened> all_;         // of the configuration
  std::vector<share> shares_;       // of those that were not open before
  std::vector<std::string> files_;  // of unix sockets among them
};

}  // namespace lastframe::server
