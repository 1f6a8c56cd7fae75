// Listening sockets.
#pragma once

#include <string>

#include <boost/asio/basic_socket_acceptor.hpp>

#include "proxy/net/address.hpp"
#include "proxy/net/task.hpp"

namespace lastframe::net {

using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, executor>;

/// Resolves a host (a name or a literal) and a port to listen on. Throws std::system_error, with the address
/// in its message.
[[nodiscard]] endpoint resolve_listener(const std::string& host, std::uint16_t port);
[[nodiscard]] endpoint unix_endpoint(const std::string& path);

/// A socket that listens at `where` beside others of the same address (SO_REUSEPORT). Throws
/// std::system_error, whose message says where and why.
[[nodiscard]] acceptor listen_tcp(asio::io_context& io, const endpoint& where);

/// A listening unix socket; a stale socket file nobody listens at is replaced. Throws as above.
[[nodiscard]] acceptor listen_unix(asio::io_context& io, const std::string& path);

/// Another acceptor on the same listening socket, for another worker. Throws as above.
[[nodiscard]] acceptor duplicate(asio::io_context& io, acceptor& original);

}  // namespace lastframe::net
