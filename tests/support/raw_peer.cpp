#include "tests/support/raw_peer.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lastframe::support {

namespace {

using std::chrono::milliseconds;

bool wait_for(int descriptor, short what, milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    pollfd entry{descriptor, what, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<milliseconds::rep>(0, left.count())));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw std::system_error(errno, std::system_category(), "poll");
  }
}

}  // namespace

std::string upgrade_request(std::string_view path, std::string_view fields) {
  std::string out = "GET " + std::string(path) + " HTTP/1.1\r\nHost: service.test\r\nUpgrade: websocket\r\n";
  out.append("Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").append(sample_key);
  return out.append("\r\n").append(fields).append("\r\n");
}

std::string upgrade_answer(std::string_view fields) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  out.append("Sec-WebSocket-Accept: ").append(sample_accept);
  return out.append("\r\n").append(fields).append("\r\n");
}

raw_peer::raw_peer(raw_peer&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      ahead_(std::move(other.ahead_)),
      decoder_(std::move(other.decoder_)),
      frames_taken_(other.frames_taken_),
      was_reset_(other.was_reset_) {}

raw_peer& raw_peer::operator=(raw_peer&& other) noexcept {
  if (this == &other) return *this;
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  ahead_ = std::move(other.ahead_);
  decoder_ = std::move(other.decoder_);
  frames_taken_ = other.frames_taken_;
  was_reset_ = other.was_reset_;
  return *this;
}

std::size_t raw_peer::send_some(std::string_view bytes) {
  const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
  throw std::system_error(errno, std::system_category(), "send");
}

void raw_peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(descriptor_, POLLOUT, patience)) throw std::runtime_error("the peer takes no more bytes");
    bytes.remove_prefix(send_some(bytes));
  }
}

bool raw_peer::stays_blocked(milliseconds time) {
  return !wait_for(descriptor_, POLLOUT, time);
}

bool raw_peer::readable_within(milliseconds time) const {
  return wait_for(descriptor_, POLLIN, time);
}

bool raw_peer::fill() {
  std::array<char, 64 << 10> buffer;
  for (;;) {
    if (!readable_within(patience)) throw std::runtime_error("nothing came in time");
    const ssize_t n = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    was_reset_ = n < 0;
    if (n > 0) ahead_.append(buffer.data(), static_cast<std::size_t>(n));
    return n > 0;
  }
}

std::string raw_peer::read_head() {
  std::size_t end = 0;
  while ((end = ahead_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) throw std::runtime_error("the stream ended inside a head: '" + ahead_ + "'");
  }
  std::string head = ahead_.substr(0, end + 4);
  ahead_.erase(0, end + 4);
  return head;
}

std::string raw_peer::read_bytes(std::size_t size) {
  while (ahead_.size() < size) {
    if (!fill()) throw std::runtime_error("the stream ended too early");
  }
  std::string bytes = ahead_.substr(0, size);
  ahead_.erase(0, size);
  return bytes;
}

std::string raw_peer::read_some() {
  if (ahead_.empty()) (void)fill();
  return std::exchange(ahead_, {});
}

wire_frame raw_peer::read_frame() {
  for (;;) {
    decoder_.feed(std::exchange(ahead_, {}));
    if (frames_taken_ < decoder_.frames().size()) return decoder_.frames()[frames_taken_++];
    if (!fill())
      throw std::runtime_error(was_reset_ ? "a reset in place of a frame" : "EOF in place of a frame");
  }
}

wire_message raw_peer::read_message() {
  std::vector<wire_frame> parts;
  for (;;) {
    parts.push_back(read_frame());
    if (parts.back().opcode > 2) {
      if (parts.size() == 1) break;
      throw std::runtime_error("a control frame inside a message; read frames instead");
    }
    if (parts.back().fin) break;
  }
  return reassemble(parts).front();
}

std::string raw_peer::read_close() {
  for (;;) {
    const wire_frame frame = read_frame();
    if (frame.opcode == 8) return frame.payload;
  }
}

std::string raw_peer::read_to_end() {
  while (fill()) {
  }
  if (was_reset_) throw std::runtime_error("a reset in place of the end");
  return std::exchange(ahead_, {});
}

stream_end raw_peer::read_end() {
  while (fill()) ahead_.clear();
  return was_reset_ ? stream_end::reset : stream_end::eof;
}

void raw_peer::shutdown_send() noexcept {
  ::shutdown(descriptor_, SHUT_WR);
}

void raw_peer::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void raw_peer::reset() noexcept {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

}  // namespace lastframe::support
