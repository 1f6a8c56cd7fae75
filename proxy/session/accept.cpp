#include "proxy/session/accept.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "proxy/net/address.hpp"
#include "proxy/session/serve.hpp"

namespace lastframe::session {

namespace {

using net::error_code;
using std::chrono::steady_clock;

// How long accepting rests when it fails: mostly because the process has no descriptors left.
constexpr std::chrono::milliseconds rest{50};

void begin(worker_context& worker, net::socket socket, const net::endpoint& from, std::size_t listener) {
  error_code ignored;
  if (from.protocol().family() != AF_UNIX) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  client peer{.connection = net::connection(std::move(socket)),
              .listener = listener,
              .address = net::to_string(from),
              .ip = net::ip_of(from),
              .place = worker.connections.enter(),
              .accepted = steady_clock::now(),
              .ahead = {},
              .held = buffer_share(worker.budget)};
  if (peer.place.what() == admission::kind::none) return turn_away(worker, std::move(peer));
  asio::co_spawn(
      worker.io.get_executor(), serve(worker, std::move(peer)), [&worker](std::exception_ptr fault) {
        try {
          if (fault) std::rethrow_exception(fault);
        } catch (const std::exception& error) {
          worker.log.error("a handshake failed by a fault of the proxy's own", {{"what", error.what()}});
        }
      });
}

// A connection that cannot be served is closed, and the next one is accepted.
void try_to_begin(worker_context& worker, net::socket socket, const net::endpoint& from,
                  std::size_t listener) {
  try {
    begin(worker, std::move(socket), from, listener);
  } catch (const std::exception& error) {
    worker.log.error("a connection failed by a fault of the proxy's own", {{"what", error.what()}});
  }
}

}  // namespace

net::task<void> accept_clients(worker_context& worker, listening_socket& at) {
  bool failing = false;
  while (at.acceptor.is_open()) {
    net::endpoint from;
    auto [error, socket] = co_await at.acceptor.async_accept(from, net::as_result);
    if (!error) {
      failing = false;
      try_to_begin(worker, std::move(socket), from, at.listener);
    } else if (error != asio::error::operation_aborted) {
      if (!std::exchange(failing, true)) worker.log.warning("cannot accept", {{"what", error.message()}});
      net::timer pause(worker.io.get_executor(), rest);
      co_await pause.async_wait(net::as_result);
    }
  }
}

void stop_accepting(worker_context& worker, listening_socket& at) {
  error_code error;
  at.acceptor.non_blocking(true, error);
  while (!error) {
    net::endpoint from;
    net::socket socket(worker.io);
    at.acceptor.accept(socket, from, error);
    if (!error) try_to_begin(worker, std::move(socket), from, at.listener);
  }
  net::close(at.acceptor);
}

}  // namespace lastframe::session
