#include "proxy/net/congestion.hpp"

#include <string_view>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace lastframe::net {

void suit_congestion_control(int descriptor, const endpoint& where) noexcept {
  constexpr std::string_view name = "reno";  // which every kernel has, and allows
  if (is_loopback(where)) ::setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, name.data(), name.size());
}

}  // namespace lastframe::net
