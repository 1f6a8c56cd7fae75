#include "proxy/net/dialer.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <sys/socket.h>

#include "proxy/net/listener.hpp"

namespace lastframe::net {

namespace {

using asio::ip::tcp;
using tcp_resolver = asio::ip::basic_resolver<tcp, executor>;

// How long a full backlog is left alone before it is tried again.
constexpr std::chrono::milliseconds between_tries{10};

dial_error as_dial_error(const error_code& error) {
  if (error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory) {
    return dial_error::refused;
  }
  if (error == asio::error::timed_out || error == asio::error::operation_aborted)
    return dial_error::timed_out;
  for (const int own : {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL}) {
    if (error.value() == own && error.category() == boost::system::system_category())
      return dial_error::no_resources;
  }
  return dial_error::unreachable;
}

task<dial_result> connect(endpoint where, time_point at) {
  socket made(co_await asio::this_coro::executor);
  error_code error;
  made.open(where.protocol(), error);
  if (error) co_return as_dial_error(error);
  const deadline guard(made, at);
  if (guard.passed()) co_return dial_error::timed_out;
  std::tie(error) = co_await made.async_connect(where, as_result);
  if (error) co_return as_dial_error(error);
  made.set_option(tcp::no_delay(true), error);
  co_return made;
}

/// A unix socket whose backlog is full says EAGAIN, which Asio takes for a connection under way.
task<dial_result> connect_local(endpoint where, time_point at) {
  socket made(co_await asio::this_coro::executor);
  error_code error;
  made.open(where.protocol(), error);
  if (!error) made.native_non_blocking(true, error);
  if (error) co_return as_dial_error(error);
  timer pause(made.get_executor());
  while (::connect(made.native_handle(), where.data(), static_cast<socklen_t>(where.size())) != 0) {
    if (errno != EAGAIN && errno != EINTR) {
      co_return as_dial_error(error_code(errno, boost::system::system_category()));
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= at) co_return dial_error::timed_out;
    pause.expires_at(std::min(at, now + between_tries));
    co_await pause.async_wait(as_result);
  }
  co_return made;
}

/// A resolver cannot be given a deadline: its thread ends when the system's own does. Whoever waits for it
/// can.
task<std::vector<tcp::endpoint>> resolve(std::string host, std::uint16_t port, time_point at) {
  const auto here = co_await asio::this_coro::executor;
  error_code literal;
  const auto address = asio::ip::make_address(host, literal);
  if (!literal) co_return std::vector<tcp::endpoint>{{address, port}};

  struct answer {
    std::vector<tcp::endpoint> found;
    timer ready;
  };
  auto shared = std::make_shared<answer>(answer{{}, timer(here, at)});
  auto resolver = std::make_shared<tcp_resolver>(here);
  resolver->async_resolve(
      host, std::to_string(port),
      [shared, resolver](const error_code& error, const tcp_resolver::results_type& results) {
        if (!error) {
          for (const auto& each : results) shared->found.push_back(each.endpoint());
        }
        shared->ready.cancel();
      });
  co_await shared->ready.async_wait(as_result);
  resolver->cancel();
  co_return std::move(shared->found);
}

}  // namespace

task<dial_result> dial_tcp(std::string host, std::uint16_t port, time_point at) {
  const auto found = co_await resolve(std::move(host), port, at);
  dial_result outcome = dial_error::not_resolved;
  for (const tcp::endpoint& each : found) {
    outcome = co_await connect(endpoint(each), at);
    if (std::holds_alternative<socket>(outcome)) break;
  }
  co_return outcome;
}

task<dial_result> dial_unix(std::string path, time_point at) {
  co_return co_await connect_local(unix_endpoint(path), at);
}

}  // namespace lastframe::net
