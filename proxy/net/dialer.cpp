#include "proxy/net/dialer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <sys/socket.h>

#include "proxy/net/listener.hpp"

namespace lastframe::net {

namespace {

using asio::ip::tcp;

// How long a full backlog is left alone before it is tried again.
constexpr std::chrono::milliseconds between_tries{10};

// A want of this machine's, never the fault of whom it calls.
bool is_own(const error_code& error) {
  const std::array own{EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL};
  return error.category() == boost::system::system_category() &&
         std::find(own.begin(), own.end(), error.value()) != own.end();
}

dial_error as_dial_error(const error_code& error) {
  if (error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory) {
    return dial_error::refused;
  }
  if (error == asio::error::timed_out || error == asio::error::operation_aborted)
    return dial_error::timed_out;
  return is_own(error) ? dial_error::no_resources : dial_error::unreachable;
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

}  // namespace

task<dial_result> dial_tcp(resolver& names, std::string host, std::uint16_t port, time_point at) {
  const resolution found = co_await names.resolve(std::move(host), at);
  if (!found) co_return is_own(found.error()) ? dial_error::no_resources : dial_error::not_resolved;
  dial_result outcome = dial_error::not_resolved;
  auto left = static_cast<std::ptrdiff_t>(found->size());
  for (const auto& each : *found) {
    const auto now = std::chrono::steady_clock::now();
    outcome = co_await connect(endpoint(tcp::endpoint(each, port)), now + (at - now) / left--);
    if (std::holds_alternative<socket>(outcome)) break;
  }
  co_return outcome;
}

task<dial_result> dial_unix(std::string path, time_point at) {
  co_return co_await connect_local(unix_endpoint(path), at);
}

}  // namespace lastframe::net
