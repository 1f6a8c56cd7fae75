// Listening sockets.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "proxy/net/address.hpp"
#include "proxy/net/task.hpp"

namespace lastframe::net {

using tcp_endpoint = asio::ip::tcp::endpoint;
using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, executor>;

/// Where to listen for a host (a name or a literal) and a port: at all addresses of a name, at least one,
/// each once. Throws std::system_error, with the address in its message.
[[nodiscard]] std::vector<tcp_endpoint> resolve_listener(const std::string& host, std::uint16_t port);
[[nodiscard]] endpoint unix_endpoint(const std::string& path);

/// A socket that listens at `where` beside others of the same address (SO_REUSEPORT). TCP_NODELAY is set for
/// those that it accepts. Throws
/// std::system_error, whose message says where and why.
[[nodiscard]] acceptor listen_tcp(asio::io_context& io, const endpoint& where);

/// The same at all of `where`, a name's addresses, but for those that this machine has not (::1 where there
/// is no IPv6) if it has one of them. Port 0 becomes one port for all. `where` is left with what came of it.
[[nodiscard]] std::vector<acceptor> listen_tcp_all(asio::io_context& io, std::vector<tcp_endpoint>& where);

/// Whether someone listens at `where` already. `listen_tcp` would share it with them, if they are the same
/// user's and allow it; to be asked before listening there oneself.
[[nodiscard]] bool is_served(const endpoint& where);

/// A listening unix socket; a stale socket file nobody listens at is replaced. Throws as above.
[[nodiscard]] acceptor listen_unix(asio::io_context& io, const std::string& path);

/// An acceptor for a socket that listens already; takes over `descriptor`.
[[nodiscard]] acceptor adopt(asio::io_context& io, int descriptor, const endpoint& where);

/// Another acceptor on the same listening socket, for another worker. Throws as above.
[[nodiscard]] acceptor duplicate(asio::io_context& io, acceptor& original);

/// Closes one of several acceptors on the same socket. An ordinary `close` would leave an epoll
/// set watching that socket for as long as any of the others is open.
void close(acceptor& listening);

}  // namespace lastframe::net
