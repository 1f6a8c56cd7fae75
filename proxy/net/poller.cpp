#include "proxy/net/poller.hpp"

#include <cerrno>
#include <system_error>

namespace lastframe::net {

namespace {

constexpr std::uint64_t removed = 0;

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::system_category(), "cannot create an epoll set");
  return set;
}

// A handler's address, with the slot in a bit that no address has.
std::uint64_t tag(const ready_handler& handler, unsigned slot) noexcept {
  static_assert(alignof(ready_handler) > 1);
  return reinterpret_cast<std::uintptr_t>(&handler) | slot;
}

void control(int set, int operation, int descriptor, std::uint32_t interest, std::uint64_t tag) {
  epoll_event event{};
  event.events = interest;
  event.data.u64 = tag;
  if (::epoll_ctl(set, operation, descriptor, &event) != 0) {
    throw std::system_error(errno, std::system_category(), "cannot watch a socket");
  }
}

}  // namespace

poller::poller(boost::asio::io_context& io) : set_(io.get_executor(), make_set()) {}

void poller::start() {
  wait();
}

void poller::stop() {
  set_.close();
}

void poller::wait() {
  set_.async_wait(decltype(set_)::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    take_turn();
    if (set_.is_open()) wait();
  });
}

void poller::take_turn() {
  // One batch: what stays ready is reported again, after the io_context's other handlers had their turn.
  ready_ = ::epoll_wait(set_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  for (int i = 0; i < ready_; ++i) {
    const epoll_event event = events_[static_cast<std::size_t>(i)];
    if (event.data.u64 == removed) continue;
    const auto slot = static_cast<unsigned>(event.data.u64 & 1);
    reinterpret_cast<ready_handler*>(event.data.u64 - slot)->on_ready(slot, event.events);
  }
  ready_ = 0;
}

void poller::add(int descriptor, std::uint32_t interest, ready_handler& handler, unsigned slot) {
  control(set_.native_handle(), EPOLL_CTL_ADD, descriptor, interest, tag(handler, slot));
}

void poller::change(int descriptor, std::uint32_t interest, ready_handler& handler, unsigned slot) {
  control(set_.native_handle(), EPOLL_CTL_MOD, descriptor, interest, tag(handler, slot));
}

void poller::remove(int descriptor, const ready_handler& handler, unsigned slot) noexcept {
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  for (int i = 0; i < ready_; ++i) {
    epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.u64 == tag(handler, slot)) event.data.u64 = removed;
  }
}

}  // namespace lastframe::net
