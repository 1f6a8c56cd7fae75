#include "tests/bench/load/poller.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lastframe::bench {
namespace {

void control(int set, int operation, int descriptor, std::uint32_t events, event_target* target) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = target;
  check(epoll_ctl(set, operation, descriptor, &event), "epoll_ctl");
}

void set_option(int descriptor, int level, int option) {
  const int on = 1;
  check(setsockopt(descriptor, level, option, &on, sizeof on), "setsockopt");
}

// The one cast that the sockets' interface asks for.
template <class Address>
auto* generic(Address& address) {
  using generic_type = std::conditional_t<std::is_const_v<Address>, const sockaddr, sockaddr>;
  return reinterpret_cast<generic_type*>(&address);
}

}  // namespace

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::system_category(), what);
  return result;
}

poller::poller() : set_(check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

poller::~poller() {
  ::close(set_);
}

void poller::add(int descriptor, std::uint32_t events, event_target& target) {
  control(set_, EPOLL_CTL_ADD, descriptor, events, &target);
}

void poller::change(int descriptor, std::uint32_t events, event_target& target) {
  control(set_, EPOLL_CTL_MOD, descriptor, events, &target);
}

void poller::remove(int descriptor) {
  control(set_, EPOLL_CTL_DEL, descriptor, 0, nullptr);
}

void poller::run() {
  std::array<epoll_event, 256> events;
  running_ = true;
  while (running_) {
    const int count = epoll_wait(set_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) check(count, "epoll_wait");
    for (int i = 0; i < count && running_; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      static_cast<event_target*>(event.data.ptr)->on_events(event.events);
    }
    buried_.clear();
  }
}

sockaddr_in parse_address(const std::string& text) {
  const std::size_t colon = text.find(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  unsigned port = 0;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos ||
      inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1 ||
      std::from_chars(text.data() + colon + 1, end, port).ptr != end || port > 65535) {
    throw std::invalid_argument("no address such as 127.0.0.1:80: " + text);
  }
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int listen_on(const sockaddr_in& address) {
  const int descriptor = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR);
  check(bind(descriptor, generic(address), sizeof address), "bind");
  check(listen(descriptor, 4096), "listen");
  return descriptor;
}

std::uint16_t port_of(int descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(getsockname(descriptor, generic(address), &size), "getsockname");
  return ntohs(address.sin_port);
}

int accept_on(int listener) {
  const int descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) {
    if (errno != EAGAIN && errno != ECONNABORTED) check(descriptor, "accept4");
    return -1;
  }
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
  return descriptor;
}

int connect_to(const sockaddr_in& address, unsigned source) {
  const int descriptor = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
  if (source != 0) {
    set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl((127U << 24) + (1U << 8) + 1 + source % 200);
    check(bind(descriptor, generic(own), sizeof own), "bind");
  }
  const int result = connect(descriptor, generic(address), sizeof address);
  if (result < 0 && errno != EINPROGRESS) check(result, "connect");
  return descriptor;
}

void lift_descriptor_limit() {
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

void announce(int listener) {
  std::printf("{\"port\": %u}\n", unsigned{port_of(listener)});
  std::fflush(stdout);
}

}  // namespace lastframe::bench
