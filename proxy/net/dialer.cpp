#include "proxy/net/dialer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "proxy/net/congestion.hpp"
#include "proxy/net/listener.hpp"

namespace lastframe::net {

namespace {

using asio::ip::tcp;

// How long a full backlog is left alone before it is tried again.
constexpr std::chrono::milliseconds between_tries{10};

// A want of this machine's, never the fault of whom it calls.
bool is_own(int error) noexcept {
  const std::array own{EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL};
  return std::find(own.begin(), own.end(), error) != own.end();
}

bool is_own(const error_code& error) {
  return error.category() == boost::system::system_category() && is_own(error.value());
}

dial_error as_dial_error(int error) noexcept {
  if (error == ECONNREFUSED || error == ENOENT) return dial_error::refused;
  if (error == ETIMEDOUT) return dial_error::timed_out;
  return is_own(error) ? dial_error::no_resources : dial_error::unreachable;
}

int open_socket(int family) noexcept {
  return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

// 0 once it is done; asked again, it says how far that has come.
int try_connect(int descriptor, const endpoint& where) noexcept {
  return ::connect(descriptor, where.data(), static_cast<socklen_t>(where.size())) == 0 ? 0 : errno;
}

bool is_under_way(int error) noexcept {
  return error == EINPROGRESS || error == EALREADY || error == EINTR;
}

// The same, told by the first bytes that are to be sent: what goes is taken off them.
int try_send(int descriptor, std::string_view& first) noexcept {
  const ssize_t n = ::send(descriptor, first.data(), first.size(), MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN ? EINPROGRESS : errno;
  first.remove_prefix(static_cast<std::size_t>(n));
  return 0;
}

task<dial_result> connect(event_loop& with, endpoint where, std::string_view& first, time_point at) {
  const int descriptor = open_socket(where.protocol().family());
  if (descriptor < 0) co_return as_dial_error(errno);
  connection made(with, stream(descriptor, true));
  if (std::chrono::steady_clock::now() >= at) co_return dial_error::timed_out;
  // The request follows at once, and says with it that the handshake is done: a packet less (tcp(7)). Where
  // it cannot leave, that is said a fifth of a second later.
  const int off = 0;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
  suit_congestion_control(descriptor, where);
  int error = try_connect(descriptor, where);
  // Over loopback the other side has answered already.
  if (error == EINPROGRESS)
    error = first.empty() ? try_connect(descriptor, where) : try_send(descriptor, first);
  while (is_under_way(error)) {
    const bool ready = co_await made.writable(at);
    if (!ready) co_return dial_error::timed_out;
    error = try_connect(descriptor, where);
  }
  if (error != 0 && error != EISCONN) co_return as_dial_error(error);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  co_return made;
}

/// A unix socket whose backlog is full says EAGAIN.
task<dial_result> connect_local(event_loop& with, endpoint where, time_point at) {
  const int descriptor = open_socket(AF_UNIX);
  if (descriptor < 0) co_return as_dial_error(errno);
  connection made(with, stream(descriptor, false));
  for (int error = try_connect(descriptor, where); error != 0; error = try_connect(descriptor, where)) {
    if (error != EAGAIN && error != EINTR) {
      co_return as_dial_error(error);
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= at) co_return dial_error::timed_out;
    co_await sleep(with, std::min(at, now + between_tries));
  }
  co_return made;
}

task<dial_result> dial_name(event_loop& with, resolver& names, const std::string& host, std::uint16_t port,
                            std::string_view& first, time_point at) {
  const resolution found = co_await names.resolve(host, at);
  if (!found) co_return is_own(found.error()) ? dial_error::no_resources : dial_error::not_resolved;
  auto last = dial_error::not_resolved;
  auto left = static_cast<std::ptrdiff_t>(found->size());
  for (const auto& each : *found) {
    const auto now = std::chrono::steady_clock::now();
    auto outcome =
        co_await connect(with, endpoint(tcp::endpoint(each, port)), first, now + (at - now) / left--);
    if (std::holds_alternative<connection>(outcome)) co_return outcome;
    last = std::get<dial_error>(outcome);
  }
  co_return last;
}

}  // namespace

task<dial_result> dial_tcp(event_loop& with, resolver& names, const std::string& host, std::uint16_t port,
                           std::string_view& first, time_point at) {
  const auto literal = resolver::literal(host);
  return literal ? connect(with, endpoint(tcp::endpoint(*literal, port)), first, at)
                 : dial_name(with, names, host, port, first, at);
}

task<dial_result> dial_unix(event_loop& with, const std::string& path, time_point at) {
  return connect_local(with, unix_endpoint(path), at);
}

}  // namespace lastframe::net
