// A listening TCP socket, or an error that says what to do.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace lastframe::telemetry {

/// Listens on the first address that `host` resolves to; port 0 is any free one. Throws std::runtime_error:
/// where, why, and what to do.
[[nodiscard]] boost::asio::ip::tcp::acceptor listen(boost::asio::io_context& context, const std::string& host,
                                                    std::uint16_t port);

}  // namespace lastframe::telemetry
