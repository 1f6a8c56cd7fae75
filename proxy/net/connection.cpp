#include "proxy/net/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <sys/socket.h>

namespace lastframe::net {

connection::connection(reactor& with, stream connected)
    : stream_(std::move(connected)), ready_(std::make_unique<readiness>(with, stream_.descriptor())) {}

task<std::string> connection::handshake(tls_session begun, time_point until, poller& others) {
  stream_.use(std::move(begun));
  for (;;) {
    // Each step is a task of the io_context's own: within a turn of the poller's there can be no other.
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable_t<executor>());
    const auto how = stream_.tls().handshake();
    std::string why = how == tls_session::progress::failed ? stream_.tls().why_failed() : std::string();
    others.take_turn();
    if (how == tls_session::progress::done || !why.empty()) co_return why;
    const bool reads = how == tls_session::progress::wants_read;
    const bool ready = co_await ready_->wait(reads ? EPOLLIN : EPOLLOUT, until);
    if (!ready) co_return "it took too long";
  }
}

io_status connection::try_read(std::string& to, std::size_t most) {
  const std::size_t before = to.size();
  const std::size_t room = stream_.tls() ? std::max(most, tls_session::record_size) : most;
  to.resize(before + room);
  const io_result found = stream_.read(std::as_writable_bytes(std::span(to).subspan(before)));
  to.resize(before + found.size);
  return found.status;
}

task<io_status> connection::read(std::string& to, time_point until, std::size_t most) {
  for (;;) {
    const io_status found = try_read(to, most);
    if (found != io_status::would_block) co_return found;
    to.shrink_to_fit();  // whoever waits holds nothing
    const bool ready = co_await ready_->wait(stream_.read_wants_write() ? EPOLLOUT : EPOLLIN, until);
    if (!ready) co_return io_status::reset;
  }
}

task<bool> connection::write(std::string_view bytes, time_point until) {
  while (!bytes.empty()) {
    const io_result wrote = stream_.write({std::as_bytes(std::span(bytes)), {}});
    bytes.remove_prefix(wrote.size);
    if (wrote.status == io_status::done) continue;
    if (wrote.status != io_status::would_block) co_return false;
    const bool ready = co_await writable(until);
    if (!ready) co_return false;
  }
  co_return true;
}

bool connection::is_gone() const noexcept {
  char next = 0;
  const ssize_t n = ::recv(stream_.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void connection::reset() noexcept {
  ready_.reset();
  stream_.reset();
}

connection::released connection::release() {
  const std::uint32_t watched = std::exchange(ready_, nullptr)->release();
  return {std::move(stream_), watched};
}

}  // namespace lastframe::net
