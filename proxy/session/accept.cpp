#include "proxy/session/accept.hpp"

#include <cerrno>
#include <chrono>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/system/result.hpp>
#include <sys/socket.h>

#include "proxy/net/address.hpp"
#include "proxy/session/serve.hpp"

namespace lastframe::session {

namespace {

using net::error_code;
using std::chrono::steady_clock;

// How long accepting rests when it fails: mostly because the process has no descriptors left.
constexpr std::chrono::milliseconds rest{50};
// So many are accepted in one turn; then others have theirs.
constexpr std::size_t most_at_once = 16;

/// A client's socket, and where it is connected from.
struct accepted_client {
  net::stream stream;
  net::endpoint from;
};

/// The next one of the backlog that is still there. Error: `would_block` if there is none.
boost::system::result<accepted_client> accept_one(int listening) {
  net::endpoint from;
  auto size = static_cast<socklen_t>(from.capacity());
  int descriptor = -1;
  do descriptor = ::accept4(listening, from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (descriptor < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
  if (descriptor < 0) return error_code(errno, boost::system::system_category());
  from.resize(size);
  return accepted_client{net::stream(descriptor, from.protocol().family() != AF_UNIX), from};
}

void begin(worker_context& worker, accepted_client made, std::size_t listener) {
  client peer{.connection = net::connection(worker.loop, std::move(made.stream)),
              .revision = worker.revision,
              .listener = listener,
              .address = net::to_string(made.from),
              .ip = net::ip_of(made.from),
              .place = worker.connections.enter(),
              .accepted = worker.loop.now(),
              .ahead = {},
              .held = buffer_share(worker.budget)};
  if (peer.place.what() == admission::kind::none) return turn_away(worker, std::move(peer));
  asio::co_spawn(
      worker.loop.io().get_executor(), serve(worker, std::move(peer)), [&worker](std::exception_ptr fault) {
        try {
          if (fault) std::rethrow_exception(fault);
        } catch (const std::exception& error) {
          worker.log.error("a handshake failed by a fault of the proxy's own", {{"what", error.what()}});
        }
      });
}

// A connection that cannot be served is closed, and the next one is accepted.
void try_to_begin(worker_context& worker, accepted_client made, std::size_t listener) {
  try {
    begin(worker, std::move(made), listener);
  } catch (const std::exception& error) {
    worker.log.error("a connection failed by a fault of the proxy's own", {{"what", error.what()}});
  }
}

// What waits, a turn's worth. Error: `would_block` if that was all; another: there was more, and it could not
// be accepted.
error_code accept_some(worker_context& worker, listening_socket& at) {
  // Who is silent and has to go gives back its place only in a turn of its own, and between the steps of TLS
  // handshakes are turns: each would bring in more than it has finished.
  const std::size_t silent = worker.silent.size();
  const std::size_t most = silent < most_at_once ? most_at_once - silent : 1;
  for (std::size_t i = 0; i < most; ++i) {
    auto next = accept_one(at.acceptor.native_handle());
    if (!next) return next.error();
    try_to_begin(worker, std::move(*next), at.listener);
  }
  return {};
}

}  // namespace

net::task<void> accept_clients(worker_context& worker, listening_socket& at) {
  if (!at.acceptor.is_open()) co_return;
  at.acceptor.native_non_blocking(true);
  at.ready = std::make_unique<net::readiness>(worker.loop, at.acceptor.native_handle());
  bool failing = false;
  while (at.ready) {
    std::string why;
    try {
      const bool ready = co_await at.ready->wait(EPOLLIN, net::time_point::max());
      if (!ready) co_return;
      const error_code outcome = accept_some(worker, at);
      const bool all = outcome == asio::error::would_block;
      if (!all) at.ready->renew();
      if (!all && outcome) why = outcome.message();
    } catch (const std::system_error& error) {
      why = error.what();  // the poller takes no more sockets
    }
    const bool failed_before = std::exchange(failing, !why.empty());
    if (!failing) continue;
    if (!failed_before) worker.log.warning("cannot accept", {{"what", why}});
    co_await net::sleep(worker.loop, steady_clock::now() + rest);
  }
}

void stop_accepting(worker_context& worker, listening_socket& at) {
  if (!at.acceptor.is_open()) return;
  error_code ignored;
  at.acceptor.native_non_blocking(true, ignored);
  while (!at.inherited) {
    auto next = accept_one(at.acceptor.native_handle());
    if (!next) break;
    try_to_begin(worker, std::move(*next), at.listener);
  }
  // Before it is closed, or its place in the poller would be that of the next socket of its number.
  if (auto ready = std::exchange(at.ready, nullptr)) ready->cancel();
  net::close(at.acceptor);
}

}  // namespace lastframe::session
