// The second step of a connection that is TLS: its handshake; and that of a connection to upstream.
#pragma once

#include <memory>
#include <vector>

#include "proxy/net/connection.hpp"
#include "proxy/net/tls_context.hpp"
#include "proxy/session/newcomers.hpp"

namespace lastframe::session {

using net::task;
using net::time_point;
struct client;
struct revision;
struct worker_context;

/// The certificates in force. Immutable: replaced as a whole when files are read again.
struct tls_setup {
  std::vector<std::shared_ptr<const net::tls_server>> listeners;  ///< by listener; null: plain
  std::vector<std::shared_ptr<const net::tls_client>> routes;     ///< by route; null: plain
};

/// Shakes hands with a client of a TLS listener until its `header_timeout`. False: that failed, and is
/// counted and logged unless it was the proxy that ended it. The references outlive the task.
[[nodiscard]] task<bool> secure_client(worker_context& worker, client& peer, const newcomers::entry& silent);

/// The same with an endpoint of a TLS route, by `until`. Success is not counted yet: `was_refused` follows.
[[nodiscard]] task<bool> secure_upstream(worker_context& worker, const revision& under, std::size_t route,
                                         std::size_t endpoint, net::connection& peer, time_point until);
/// Whether upstream answered with an alert in place of its first byte: a TLS 1.3 server that does not take
/// the proxy's certificate. Counts the handshake, and logs one that failed so. To be called once, when the
/// answer, or none, is there.
[[nodiscard]] bool was_refused(worker_context& worker, const revision& under, std::size_t route,
                               std::size_t endpoint, const net::connection& peer);

}  // namespace lastframe::session
