// Socket addresses as text.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>

namespace lastframe::net {

using endpoint = boost::asio::generic::stream_protocol::endpoint;

/// `192.0.2.1:80`, `[2001:db8::1]:80`, or `unix:PATH` (`unix:` if it has none). An IPv4 address mapped into
/// IPv6 is shown as IPv4.
[[nodiscard]] std::string to_string(const endpoint& where);

/// The address alone, without port or brackets; empty for a unix socket.
[[nodiscard]] std::string ip_of(const endpoint& where);

/// Whether a socket that listens at `where` takes what is sent to `to`: they are the same, or `where` is all
/// of IPv6, which takes IPv4 too, and `to` all of IPv4 at its port.
[[nodiscard]] bool covers(const endpoint& where, const endpoint& to);

/// Whether what is sent there never leaves the machine: one of TCP's loopback addresses.
[[nodiscard]] bool is_loopback(const endpoint& where);

/// The port of a TCP endpoint.
[[nodiscard]] std::uint16_t port_of(const endpoint& where);

}  // namespace lastframe::net
