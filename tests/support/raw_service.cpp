// Connecting, and listening: the addresses of raw peers.
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/raw_peer.hpp"

namespace lastframe::support {

namespace {

struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&bytes); }
};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

socket_address tcp_address(const std::string& host, std::uint16_t port) {
  socket_address out;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&out.bytes, &v4, out.size = sizeof v4);
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&out.bytes, &v6, out.size = sizeof v6);
  } else {
    throw std::runtime_error("not an address: " + host);
  }
  return out;
}

socket_address unix_address(const std::string& path) {
  sockaddr_un local{};
  if (path.size() >= sizeof local.sun_path) throw std::runtime_error("too long for a socket: " + path);
  local.sun_family = AF_UNIX;
  path.copy(local.sun_path, path.size());
  socket_address out;
  std::memcpy(&out.bytes, &local, out.size = sizeof local);
  return out;
}

int open_socket(int family, int flags, int receive_buffer) {
  const int made = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (made < 0) fail("socket");
  if (receive_buffer != 0) {
    ::setsockopt(made, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  return made;
}

raw_peer connect_at(socket_address to, int receive_buffer) {
  raw_peer made(open_socket(to.bytes.ss_family, 0, receive_buffer));
  // Who is reset before connect() returns was connected all the same: reading tells of the reset.
  if (::connect(made.descriptor(), to.get(), to.size) != 0 && errno != ECONNRESET) fail("connect");
  return made;
}

socket_address parse(const std::string& address) {
  if (address.starts_with("unix:")) return unix_address(address.substr(5));
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return tcp_address(host, static_cast<std::uint16_t>(std::stoul(address.substr(colon + 1))));
}

}  // namespace

raw_peer connect_tcp(const std::string& host, std::uint16_t port, int receive_buffer) {
  return connect_at(tcp_address(host, port), receive_buffer);
}

raw_peer connect_unix(const std::string& path) {
  return connect_at(unix_address(path), 0);
}

raw_peer connect_to(const std::string& address, int receive_buffer) {
  return connect_at(parse(address), receive_buffer);
}

raw_peer ask_upgrade(const std::string& address, std::string_view path, std::string_view fields) {
  raw_peer client = connect_to(address);
  client.send(upgrade_request(path, fields));
  return client;
}

raw_service::raw_service(const std::string& where, int receive_buffer) : descriptor_(-1), address_(where) {
  const bool is_local = where.starts_with("unix:");
  socket_address at = is_local ? unix_address(where.substr(5)) : tcp_address(where, 0);
  descriptor_ = open_socket(at.bytes.ss_family, 0, receive_buffer);
  if (::bind(descriptor_, at.get(), at.size) != 0) fail("bind");
  if (::listen(descriptor_, 1024) != 0) fail("listen");
  if (is_local) return;
  at.size = sizeof at.bytes;
  ::getsockname(descriptor_, at.get(), &at.size);
  std::uint16_t port = 0;  // at the same place in both families
  std::memcpy(&port, reinterpret_cast<const char*>(&at.bytes) + offsetof(sockaddr_in, sin_port), sizeof port);
  const bool v6 = at.bytes.ss_family == AF_INET6;
  address_ = (v6 ? "[" + where + "]" : where) + ":" + std::to_string(ntohs(port));
}

raw_service::~raw_service() {
  stop();
}

void raw_service::stop() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

bool raw_service::called_within(std::chrono::milliseconds time) const {
  pollfd entry{descriptor_, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(time.count())) > 0;
}

raw_peer raw_service::accept() {
  if (!called_within(patience)) throw std::runtime_error("no connection came in time");
  const int made = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  if (made < 0) fail("accept");
  return raw_peer(made);
}

raw_peer raw_service::accept_upgrade(std::string_view fields, std::string_view behind) {
  raw_peer made = accept();
  (void)made.read_head();
  made.send(upgrade_answer(fields).append(behind));
  return made;
}

void raw_service::fill_backlog() {
  if (::listen(descriptor_, 0) != 0) fail("listen");
  socket_address to = parse(address_);
  for (bool room = true; room;) {
    fillers_.emplace_back(open_socket(to.bytes.ss_family, SOCK_NONBLOCK, 0));
    const int error = ::connect(fillers_.back().descriptor(), to.get(), to.size);
    if (error != 0 && errno != EINPROGRESS && errno != EAGAIN) fail("connect");
    pollfd entry{fillers_.back().descriptor(), POLLOUT, 0};
    // A connection on loopback that is not there at once waits for room in the backlog.
    room = error == 0 || (errno == EINPROGRESS && ::poll(&entry, 1, 200) > 0);
  }
}

}  // namespace lastframe::support
