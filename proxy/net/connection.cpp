#include "proxy/net/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <sys/socket.h>

namespace lastframe::net {

namespace {

constexpr std::size_t most_at_once = 64 << 10;

}  // namespace

connection::connection(event_loop& with, stream connected)
    : stream_(std::move(connected)), ready_(std::make_unique<readiness>(with, stream_.descriptor())) {}

task<std::string> connection::handshake(tls_session begun, time_point until, poller& others) {
  stream_.use(std::move(begun));
  for (;;) {
    // Each step is a task of the io_context's own: within a turn of the poller's there can be no other.
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable_t<executor>());
    const auto how = stream_.tls().handshake();
    std::string why = how == tls_session::progress::failed ? stream_.tls().why_failed() : std::string();
    others.take_turn();
    unread_ = how == tls_session::progress::done;
    if (how == tls_session::progress::done || !why.empty()) co_return why;
    // A peer that always has a byte more would never let the wait end.
    if (std::chrono::steady_clock::now() >= until) co_return "it took too long";
    const bool reads = how == tls_session::progress::wants_read;
    const bool ready = co_await wait(reads ? EPOLLIN : EPOLLOUT, until);
    if (!ready) co_return "it took too long";
  }
}

io_status connection::read_now(std::string& to, std::size_t most) {
  if (!std::exchange(worth_a_try_, false)) return io_status::would_block;
  std::array<std::byte, most_at_once> buffer;
  const std::size_t least = stream_.tls() ? tls_session::record_size : 0;
  const std::size_t room = std::clamp(most, least, buffer.size());
  const io_result found = stream_.read(std::span(buffer).first(room));
  to.append(reinterpret_cast<const char*>(buffer.data()), found.size);
  unread_ = found.status == io_status::done && (!found.drained || ready_->is_ending());
  return found.status;
}

task<bool> connection::readable(time_point until) {
  worth_a_try_ = true;
  if (unread_) ready_->renew();  // others have their turn between two reads
  return wait(stream_.read_wants_write() ? EPOLLOUT : EPOLLIN, until);
}

task<io_status> connection::read(std::string& to, time_point until, std::size_t most) {
  for (;;) {
    const io_status found = read_now(to, most);
    if (found != io_status::would_block) co_return found;
    to.shrink_to_fit();  // whoever waits holds nothing
    const bool ready = co_await readable(until);
    if (!ready) co_return io_status::reset;
  }
}

bool connection::write_now(std::string_view& bytes) {
  worth_a_try_ = false;  // what answers them cannot be there yet
  while (!bytes.empty()) {
    const io_result wrote = stream_.write({std::as_bytes(std::span(bytes)), {}});
    bytes.remove_prefix(wrote.size);
    if (wrote.status == io_status::would_block) break;
    if (wrote.status != io_status::done) return false;
  }
  return true;
}

task<bool> connection::write(std::string_view bytes, time_point until) {
  while (write_now(bytes)) {
    if (bytes.empty()) co_return true;
    const bool ready = co_await writable(until);
    if (!ready) break;
  }
  co_return false;
}

bool connection::is_gone() const noexcept {
  if (stream_.tls() && stream_.tls().has_pending()) return false;
  char next = 0;
  const ssize_t n = ::recv(stream_.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void connection::reset() noexcept {
  ready_.reset();
  stream_.reset();
}

connection::released connection::release() noexcept {
  readiness::place place = std::exchange(ready_, nullptr)->release();
  if (unread_) place.came |= EPOLLIN;
  return {std::move(stream_), place};
}

}  // namespace lastframe::net
