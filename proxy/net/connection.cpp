#include "proxy/net/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace lastframe::net {

connection::connection(net::socket connected)
    : stream_(connected.native_handle()), socket_(std::move(connected)) {}

connection::~connection() {
  error_code ignored;
  if (socket_.is_open()) socket_.release(ignored);
}

task<bool> connection::ready_to(net::socket::wait_type what) {
  const auto [error] = co_await socket_.async_wait(what, as_result);
  co_return !error;
}

task<std::string> connection::handshake(tls_session begun, poller& others) {
  stream_.use(std::move(begun));
  for (;;) {
    const auto how = stream_.tls().handshake();
    std::string why = how == tls_session::progress::failed ? stream_.tls().why_failed() : std::string();
    others.take_turn();
    if (how == tls_session::progress::done || !why.empty()) co_return why;
    const bool reads = how == tls_session::progress::wants_read;
    const bool ready = co_await ready_to(reads ? net::socket::wait_read : net::socket::wait_write);
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

task<io_status> connection::read(std::string& to, std::size_t most) {
  for (;;) {
    const io_status found = try_read(to, most);
    if (found != io_status::would_block) co_return found;
    to.shrink_to_fit();  // whoever waits holds nothing
    const bool to_write = stream_.read_wants_write();
    const bool ready = co_await ready_to(to_write ? net::socket::wait_write : net::socket::wait_read);
    if (!ready) co_return io_status::reset;
  }
}

task<bool> connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const io_result wrote = stream_.write({std::as_bytes(std::span(bytes)), {}});
    bytes.remove_prefix(wrote.size);
    if (wrote.status == io_status::done) continue;
    if (wrote.status != io_status::would_block) co_return false;
    const bool ready = co_await ready_to(net::socket::wait_write);
    if (!ready) co_return false;
  }
  co_return true;
}

bool connection::is_gone() noexcept {
  char next = 0;
  const ssize_t n = ::recv(stream_.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void connection::reset() noexcept {
  error_code ignored;
  socket_.release(ignored);
  stream_.reset();
}

stream connection::release() {
  socket_.release();
  return std::move(stream_);
}

}  // namespace lastframe::net
