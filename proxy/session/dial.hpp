// The fourth step: a connection to upstream, and its answer to the upgrade.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "proxy/http/failure.hpp"
#include "proxy/http/upgrade.hpp"
#include "proxy/net/connection.hpp"
#include "proxy/session/buffer_share.hpp"
#include "proxy/session/revision.hpp"
#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

using net::task;

/// Upstream's final answer.
struct answered {
  net::connection connection;
  std::size_t endpoint;  ///< index in the route
  http::response_head head;
  std::string ahead;  ///< what came behind the head
  buffer_share held;  ///< all that was read
};

/// A checked 101.
struct accepted {
  answered answer;
  http::agreement agreed;
};

/// A failure, and at which endpoint the last try was.
struct failed {
  http::failure what;
  std::size_t endpoint;
};

using dial_outcome = std::variant<accepted, answered, failed>;

/// What is asked of upstream. Refers to what outlives the task.
struct dial_request {
  const revision& under;
  std::size_t route;  ///< index in the revision
  const http::request_head& head;
  const http::upgrade_offer& offer;
  std::string_view client_ip;
  bool client_tls;
};

/// Connects to the route's endpoints in turn until one does, at most three, sends the request and reads the
/// answer, all within `handshake_timeout`. Counts each endpoint tried in vain and each 5xx.
[[nodiscard]] task<dial_outcome> dial_upstream(worker_context& worker, dial_request what);

}  // namespace lastframe::session
