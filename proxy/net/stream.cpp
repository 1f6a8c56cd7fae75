#include "proxy/net/stream.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace lastframe::net {

namespace {

io_result failed(int error) noexcept {
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return {.status = io_status::would_block};
  return {.status = io_status::reset};
}

bool is_tcp(int descriptor) noexcept {
  int domain = AF_UNSPEC;
  socklen_t size = sizeof domain;
  ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  return domain == AF_INET || domain == AF_INET6;
}

// TCP's MSG_TRUNC drops bytes without copying them (tcp(7)). One call takes all that is there, up to urgent
// data.
void drop_unread(int descriptor) noexcept {
  constexpr std::size_t all = 1U << 30U;
  for (int calls = 0; calls < 4 && ::recv(descriptor, nullptr, all, MSG_TRUNC | MSG_DONTWAIT) > 0; ++calls) {
  }
}

// libc's calls may be cancelled, for which each takes four atomic operations in a process with threads.
ssize_t receive(int descriptor, std::span<std::byte> into) noexcept {
  return ::syscall(SYS_recvfrom, descriptor, into.data(), into.size(), 0, nullptr, nullptr);
}

ssize_t send(int descriptor, std::span<const std::byte> bytes, int flags) noexcept {
  return ::syscall(SYS_sendto, descriptor, bytes.data(), bytes.size(), flags, nullptr, 0);
}

iovec as_iovec(std::span<const std::byte> bytes) noexcept {
  // The kernel does not write to what is sent, but its interface cannot say so.
  return {.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
}

}  // namespace

stream::stream(int descriptor) noexcept : descriptor_(descriptor), is_tcp_(is_tcp(descriptor)) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

stream& stream::operator=(stream&& other) noexcept {
  if (this == &other) return *this;
  close();
  tls_ = std::move(other.tls_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  farewell_ = other.farewell_;
  is_tcp_ = other.is_tcp_;
  ended_ = other.ended_;
  return *this;
}

io_result stream::read(std::span<std::byte> into) noexcept {
  if (tls_) return tls_.read(into);
  const ssize_t n = receive(descriptor_, into);
  if (n > 0) {
    const auto size = static_cast<std::size_t>(n);
    return {.status = io_status::done, .size = size, .drained = size < into.size()};
  }
  ended_ = n == 0;
  return ended_ ? io_result{.status = io_status::end} : failed(errno);
}

io_result stream::write(const std::array<std::span<const std::byte>, 2>& from, bool more) noexcept {
  if (tls_) return tls_.write(from);
  const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
  ssize_t n = 0;
  if (from[0].empty() || from[1].empty()) {
    n = send(descriptor_, from[0].empty() ? from[1] : from[0], flags);
  } else {
    std::array<iovec, 2> parts{as_iovec(from[0]), as_iovec(from[1])};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    n = ::sendmsg(descriptor_, &message, flags);
  }
  if (n >= 0) return {.status = io_status::done, .size = static_cast<std::size_t>(n)};
  // A unix peer that closed in order is told by EPIPE alone; behind a TCP peer's stands a reset.
  return errno == EPIPE && !is_tcp_ ? io_result{.status = io_status::end} : failed(errno);
}

std::uint64_t stream::unacked() const noexcept {
  int bytes = 0;
  if (!is_tcp_ || ::ioctl(descriptor_, SIOCOUTQ, &bytes) != 0) return 0;
  const auto waiting = static_cast<std::uint64_t>(bytes);
  return waiting > farewell_ ? waiting - farewell_ : 0;
}

void stream::shutdown_send() noexcept {
  if (tls_) farewell_ = static_cast<std::uint16_t>(tls_.finish());
  const bool sent = ::shutdown(descriptor_, SHUT_WR) == 0;
  if (tls_ && sent) ++farewell_;
}

void stream::close() noexcept {
  if (descriptor_ >= 0 && is_tcp_ && !ended_) drop_unread(descriptor_);
  let_go();
}

void stream::reset() noexcept {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  if (descriptor_ >= 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  let_go();
}

void stream::let_go() noexcept {
  tls_.reset();
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace lastframe::net
