#include "proxy/net/service_manager.hpp"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proxy/net/listener.hpp"

namespace lastframe::net {

namespace {

using boost::system::error_code;

error_code as_error(int number) {
  return {number, boost::system::system_category()};
}

/// The variable's value, which is removed; empty if there is none.
std::string take_variable(const char* name) {
  const char* found = ::getenv(name);
  std::string value = found != nullptr ? found : "";
  ::unsetenv(name);
  return value;
}

std::optional<int> number_of(const std::string& text) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, fault] = std::from_chars(text.data(), end, number);
  return fault == std::errc() && at == end && number >= 0 ? std::optional(number) : std::nullopt;
}

int option_of(int descriptor, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// The address of a listening socket of a kind that the proxy accepts from.
std::optional<endpoint> listens_at(int descriptor) {
  if (option_of(descriptor, SO_TYPE) != SOCK_STREAM || option_of(descriptor, SO_ACCEPTCONN) != 1)
    return std::nullopt;
  endpoint where;
  socklen_t size = static_cast<socklen_t>(where.capacity());
  if (::getsockname(descriptor, where.data(), &size) != 0) return std::nullopt;
  where.resize(size);
  const int family = where.data()->sa_family;
  // The kernel counts the zero that ends a path, `unix_endpoint` does not.
  if (family == AF_UNIX) return unix_endpoint(to_string(where).substr(std::strlen("unix:")));
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  return where;
}

inherited_listener inherit(int descriptor) {
  auto where = listens_at(descriptor);
  if (!where) {
    throw std::system_error(ENOTSOCK, std::system_category(),
                            "cannot listen at descriptor " + std::to_string(descriptor) +
                                " of LISTEN_FDS: no listening TCP or unix socket");
  }
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  if (where->data()->sa_family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return {descriptor, std::move(*where)};
}

}  // namespace

error_code notify(std::string_view state) {
  const char* const named = ::getenv("NOTIFY_SOCKET");
  const std::string_view name = named != nullptr ? named : "";
  if (name.empty()) return {};
  sockaddr_un to{};
  if (name.front() != '/' && name.front() != '@') return as_error(EAFNOSUPPORT);
  if (name.size() >= sizeof to.sun_path) return as_error(ENAMETOOLONG);
  to.sun_family = AF_UNIX;
  name.copy(&to.sun_path[0], name.size());
  // An abstract socket's name begins with a zero byte.
  if (name.front() == '@') to.sun_path[0] = '\0';
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return as_error(errno);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  const ssize_t sent = ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&to), size);
  const error_code result = sent < 0 ? as_error(errno) : error_code();
  ::close(descriptor);
  return result;
}

std::vector<inherited_listener> inherited_listeners(int first) {
  const std::string process = take_variable("LISTEN_PID");
  const std::string count = take_variable("LISTEN_FDS");
  take_variable("LISTEN_FDNAMES");
  if (process != std::to_string(::getpid())) return {};
  const auto all = number_of(count);
  if (!all) throw std::system_error(EINVAL, std::system_category(), "LISTEN_FDS is \"" + count + "\"");
  std::vector<inherited_listener> found;
  for (int i = 0; i < *all; ++i) found.push_back(inherit(first + i));
  return found;
}

}  // namespace lastframe::net
