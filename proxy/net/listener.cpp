#include "proxy/net/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/local/stream_protocol.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/net/congestion.hpp"
#include "proxy/net/resolver.hpp"

namespace lastframe::net {

namespace {

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

[[noreturn]] void refuse(const std::string& where, const error_code& error, const char* advice = "") {
  throw std::system_error(error.value(), std::system_category(), "cannot listen at " + where + advice);
}

// A socket file that a process of the past left behind would make every start fail.
void remove_stale(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return;
  asio::io_context io;
  asio::local::stream_protocol::socket probe(io);
  error_code error;
  probe.open(asio::local::stream_protocol(), error);
  // One that listens with a full backlog would make this wait until it accepts.
  if (!error) probe.non_blocking(true, error);
  if (!error) probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
}

}  // namespace

std::vector<tcp_endpoint> resolve_listener(const std::string& host, std::uint16_t port) {
  const resolution found = system_lookup(host);
  if (!found) refuse(host + ":" + std::to_string(port), found.error());
  std::vector<tcp_endpoint> where;
  for (const auto& each : *found) {
    // A hosts file may name an address twice.
    const tcp_endpoint at(each, port);
    if (std::find(where.begin(), where.end(), at) == where.end()) where.push_back(at);
  }
  return where;
}

endpoint unix_endpoint(const std::string& path) {
  return endpoint(asio::local::stream_protocol::endpoint(path));
}

acceptor listen_tcp(asio::io_context& io, const endpoint& where) {
  acceptor listening(io);
  error_code error;
  listening.open(where.protocol(), error);
  if (!error) listening.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) listening.set_option(reuse_port(true), error);
  // On Linux those that it accepts inherit it, which saves each a call.
  if (!error) listening.set_option(asio::ip::tcp::no_delay(true), error);
  if (!error) suit_congestion_control(listening.native_handle(), where);
  if (!error) listening.bind(where, error);
  if (!error) listening.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    refuse(to_string(where), error, " (another program has this port; stop it or change `listeners`)");
  }
  if (error) refuse(to_string(where), error);
  return listening;
}

std::vector<acceptor> listen_tcp_all(asio::io_context& io, std::vector<tcp_endpoint>& where) {
  std::vector<acceptor> opened;
  std::vector<tcp_endpoint> at;
  for (tcp_endpoint each : where) {
    if (!at.empty() && each.port() == 0) each.port(at.front().port());
    try {
      opened.push_back(listen_tcp(io, each));
      each.port(port_of(opened.back().local_endpoint()));
      at.push_back(each);
    } catch (const std::system_error& fault) {
      const bool absent = fault.code() == std::errc::address_not_available ||
                          fault.code() == std::errc::address_family_not_supported;
      const bool only = at.empty() && each == where.back();
      if (!absent || only) throw;
    }
  }
  where = std::move(at);
  return opened;
}

bool is_served(const endpoint& where) {
  asio::io_context io;
  socket probe(io);
  error_code error;
  probe.open(where.protocol(), error);
  // With it only those who listen are in the way, without SO_REUSEPORT even those who would share.
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(where, error);
  return error == asio::error::address_in_use;
}

acceptor listen_unix(asio::io_context& io, const std::string& path) {
  remove_stale(path);
  acceptor listening(io);
  error_code error;
  const endpoint where = unix_endpoint(path);
  listening.open(where.protocol(), error);
  if (!error) listening.bind(where, error);
  if (!error) listening.listen(asio::socket_base::max_listen_connections, error);
  if (error) refuse("unix:" + path, error);
  return listening;
}

acceptor adopt(asio::io_context& io, int descriptor, const endpoint& where) {
  suit_congestion_control(descriptor, where);
  return acceptor(io.get_executor(), where.protocol(), descriptor);
}

acceptor duplicate(asio::io_context& io, acceptor& original) {
  const int descriptor = ::dup(original.native_handle());
  if (descriptor < 0)
    throw std::system_error(errno, std::system_category(), "cannot share a listening socket");
  return acceptor(io.get_executor(), original.local_endpoint().protocol(), descriptor);
}

void close(acceptor& listening) {
  error_code ignored;
  const int descriptor = listening.release(ignored);
  if (!ignored) ::close(descriptor);
}

}  // namespace lastframe::net
