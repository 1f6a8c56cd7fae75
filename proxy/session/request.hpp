// The second step of a connection: its request head, and short answers of the proxy's own.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "proxy/http/head.hpp"
#include "proxy/net/connection.hpp"
#include "proxy/session/admission.hpp"
#include "proxy/session/buffer_share.hpp"
#include "proxy/session/revision.hpp"

namespace lastframe::session {

using net::task;
using net::time_point;

/// A connection from a client, before it is a tunnel.
struct client {
  net::connection connection;
  std::shared_ptr<const session::revision> revision;  ///< that it was accepted under
  std::size_t listener;                               ///< index in the revision
  std::string address;                                ///< address:port
  std::string ip;
  admission::ticket place;
  time_point accepted;
  std::string ahead;  ///< read, but not consumed yet
  buffer_share held;  ///< all that was read, consumed or not
};

/// Why there is no head.
enum class head_error {
  ended,  ///< the peer ended before the head was complete
  timed_out,
  malformed,
  too_large,
  no_room,  ///< of the proxy's for as much as this, though not too large
};

/// How much of a head is read, and until when. A head of a few KiB is read even when no memory is left for
/// more.
struct head_limits {
  std::size_t bytes;
  time_point until;
};

template <class Head>
using head_or_error = std::variant<Head, head_error>;

/// Reads until a request head is complete; what follows it is left in `ahead`, which is empty at first or as
/// `request_now` left it. What was read is added to `held`. The references outlive the task.
[[nodiscard]] task<head_or_error<http::request_head>> read_request(net::connection& from, std::string& ahead,
                                                                   buffer_share& held, head_limits limits);
/// The same without a task, if that needs no wait. None: it does.
[[nodiscard]] std::optional<head_or_error<http::request_head>> request_now(net::connection& from,
                                                                           std::string& ahead,
                                                                           buffer_share& held,
                                                                           const head_limits& limits);
/// As `read_request`, for a response head; 1xx but 101 are dropped (DESIGN §3).
[[nodiscard]] task<head_or_error<http::response_head>> read_response(net::connection& from,
                                                                     std::string& ahead, buffer_share& held,
                                                                     head_limits limits);

/// Writes all of `bytes`. False: the peer is gone, or did not take them by `until`.
[[nodiscard]] task<bool> write_all(net::connection& to, std::string bytes, time_point until);

/// Sends FIN, reads on until the peer's or for a short while, then closes: a socket closed with unread data
/// would reset the connection and take with it what was just sent.
[[nodiscard]] task<void> hang_up(net::connection to);

}  // namespace lastframe::session
