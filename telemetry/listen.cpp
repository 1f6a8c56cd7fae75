#include "telemetry/listen.hpp"

#include <stdexcept>

namespace lastframe::telemetry {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string advice(const boost::system::error_code& error) {
  if (error == asio::error::address_in_use) {
    return "end the process that holds the port (ss -ltnp shows it), or set telemetry.address to another "
           "port";
  }
  if (error == asio::error::access_denied) {
    return "set telemetry.address to a port above 1023, or grant CAP_NET_BIND_SERVICE";
  }
  return "set telemetry.address to an address of this machine";
}

}  // namespace

tcp::acceptor listen(asio::io_context& context, const std::string& host, std::uint16_t port) {
  tcp::acceptor acceptor{context};
  boost::system::error_code error;
  const auto found =
      tcp::resolver{context}.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (!error && found.empty()) error = asio::error::host_not_found;
  if (!error) acceptor.open(found.begin()->endpoint().protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(found.begin()->endpoint(), error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    throw std::runtime_error("telemetry cannot listen on " + host + ":" + std::to_string(port) + ": " +
                             error.message() + "; " + advice(error));
  }
  return acceptor;
}

}  // namespace lastframe::telemetry
