// The first step: clients are accepted, and each is served on its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "proxy/net/listener.hpp"
#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

/// A listening socket, and which of the configuration's listeners it belongs to.
struct listening_socket {
  net::acceptor acceptor;
  std::size_t listener = 0;                 ///< index in the worker's revision
  std::string name{};                       ///< the same in each revision: see config::listener_names
  bool inherited = false;                   ///< others keep it open, and serve who still waits in its backlog
  std::unique_ptr<net::readiness> ready{};  ///< while clients are accepted
};

/// Accepts until the acceptor is closed. Both references outlive the task and whatever it has begun.
[[nodiscard]] net::task<void> accept_clients(worker_context& worker, listening_socket& at);

/// Serves those that wait in the backlog, unless others will, then closes the acceptor: closed with them it
/// would reset them.
void stop_accepting(worker_context& worker, listening_socket& at);

}  // namespace lastframe::session
