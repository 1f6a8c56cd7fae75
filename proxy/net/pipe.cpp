#include "proxy/net/pipe.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace lastframe::net {

namespace {

// Room for what one turn moves, in segments as they come off a network. Where the user has no right to that
// much, the kernel's default has to do.
constexpr int capacity = 256 << 10;

io_result result_of(ssize_t n) noexcept {
  if (n > 0) return {.status = io_status::done, .size = static_cast<std::size_t>(n)};
  if (n == 0) return {.status = io_status::end};
  const bool again = errno == EAGAIN || errno == EINTR;
  return {.status = again ? io_status::would_block : io_status::reset};
}

constexpr unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

}  // namespace

pipe::~pipe() {
  for (const int end : ends_) ::close(end);
}

io_result pipe::fill(int socket, std::size_t n) noexcept {
  const io_result found = result_of(::splice(socket, nullptr, ends_[1], nullptr, n, flags));
  size_ += found.size;
  return found;
}

io_result pipe::empty_into(int socket, std::size_t n) noexcept {
  const io_result taken = result_of(::splice(ends_[0], nullptr, socket, nullptr, n, flags));
  size_ -= taken.size;
  return taken;
}

std::size_t pipe::read(std::span<std::byte> into) noexcept {
  const ssize_t n = ::read(ends_[0], into.data(), std::min(into.size(), size_));
  if (n <= 0) return 0;
  size_ -= static_cast<std::size_t>(n);
  return static_cast<std::size_t>(n);
}

pipe_pool::handle pipe_pool::take() {
  if (lent_ == most) return nullptr;
  std::unique_ptr<pipe> found;
  if (!unused_.empty()) {
    found = std::move(unused_.back());
    unused_.pop_back();
  } else {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
    ::fcntl(ends[1], F_SETPIPE_SZ, capacity);
    found = std::make_unique<pipe>(*this, ends);
    unused_.reserve(most);
  }
  ++lent_;
  return handle(found.release());
}

void pipe_pool::take_back(pipe* lent) noexcept {
  --lent_;
  std::unique_ptr<pipe> back(lent);
  // What a leg that ended left behind goes with its pipe.
  if (back->size() == 0) unused_.push_back(std::move(back));
}

}  // namespace lastframe::net
