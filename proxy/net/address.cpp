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
class v4_text {
 public:
  explicit v4_text(const ip::address_v4& address) noexcept {
    for (const unsigned byte : address.to_bytes()) {
      if (size_ != 0) text_[size_++] = '.';
      put(byte);
    }
  }
  v4_text(const ip::address_v4& address, std::uint16_t port) noexcept : v4_text(address) {
    text_[size_++] = ':';
    put(port);
  }

  [[nodiscard]] std::string text() const { return {text_.data(), size_}; }

 private:
  void put(unsigned number) noexcept {
    char* const end = std::to_chars(text_.data() + size_, text_.data() + text_.size(), number).ptr;
    size_ = static_cast<std::size_t>(end - text_.data());
  }

  std::array<char, sizeof "255.255.255.255:65535"> text_;
  std::size_t size_ = 0;
};

bool is_unix(const endpoint& where) {
  return where.data()->sa_family == AF_UNIX;
}

}  // namespace

std::string to_string(const endpoint& where) {
  if (!is_unix(where)) {
    const auto tcp = as_tcp(where);
    if (tcp.address().is_v4()) return v4_text(tcp.address().to_v4(), tcp.port()).text();
    return "[" + tcp.address().to_string() + "]:" + std::to_string(tcp.port());
  }
  sockaddr_un local{};
  std::memcpy(&local, where.data(), std::min(where.size(), sizeof local - 1));
  return std::string("unix:") + (where.size() > offsetof(sockaddr_un, sun_path) ? local.sun_path : "");
}

std::string ip_of(const endpoint& where) {
  if (is_unix(where)) return {};
  const auto address = as_tcp(where).address();
  return address.is_v4() ? v4_text(address.to_v4()).text() : address.to_string();
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
