#include "proxy/net/address.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

#include <boost/asio/ip/tcp.hpp>
#include <sys/un.h>

namespace lastframe::net {

namespace {

namespace ip = boost::asio::ip;

ip::tcp::endpoint as_tcp(const endpoint& where) {
  ip::tcp::endpoint tcp;
  tcp.resize(where.size());
  std::memcpy(tcp.data(), where.data(), where.size());
  if (tcp.address().is_v6() && tcp.address().to_v6().is_v4_mapped()) {
    return {ip::make_address_v4(ip::v4_mapped, tcp.address().to_v6()), tcp.port()};
  }
  return tcp;
}

// Each client's is written, and the system's way of doing so costs more than all of a short request's.
std::string text_of(const ip::address& address) {
  if (!address.is_v4()) return address.to_string();
  std::array<char, 15> text;
  char* end = text.data();
  for (const unsigned byte : address.to_v4().to_bytes()) {
    if (end != text.data()) *end++ = '.';
    end = std::to_chars(end, text.data() + text.size(), byte).ptr;
  }
  return {text.data(), end};
}

bool is_unix(const endpoint& where) {
  return where.data()->sa_family == AF_UNIX;
}

}  // namespace

std::string to_string(const endpoint& where) {
  if (!is_unix(where)) {
    const auto tcp = as_tcp(where);
    const std::string host = text_of(tcp.address());
    return (tcp.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(tcp.port());
  }
  sockaddr_un local{};
  std::memcpy(&local, where.data(), std::min(where.size(), sizeof local - 1));
  return std::string("unix:") + (where.size() > offsetof(sockaddr_un, sun_path) ? local.sun_path : "");
}

std::string ip_of(const endpoint& where) {
  return is_unix(where) ? std::string() : text_of(as_tcp(where).address());
}

bool covers(const endpoint& where, const endpoint& to) {
  if (is_unix(where) || is_unix(to)) return to_string(where) == to_string(to);
  const auto listening = as_tcp(where);
  const auto sent = as_tcp(to);
  const bool all = listening.address() == ip::address_v6::any() && sent.address() == ip::address_v4::any();
  return listening == sent || (all && listening.port() == sent.port());
}

bool is_loopback(const endpoint& where) {
  return !is_unix(where) && as_tcp(where).address().is_loopback();
}

std::uint16_t port_of(const endpoint& where) {
  return as_tcp(where).port();
}

}  // namespace lastframe::net
