#include "proxy/net/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace lastframe::net {

namespace {

constexpr int nobody = -1;

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::system_category(), "cannot create an epoll set");
  return set;
}

void control(int set, int operation, int descriptor, std::uint32_t interest) {
  epoll_event event{};
  event.events = interest | EPOLLRDHUP | EPOLLPRI | EPOLLET;
  event.data.fd = descriptor;
  if (::epoll_ctl(set, operation, descriptor, &event) != 0) {
    throw std::system_error(errno, std::system_category(), "cannot watch a socket");
  }
}

}  // namespace

poller::poller() : set_(make_set()) {}

poller::~poller() {
  ::close(set_);
}

void poller::wait(std::chrono::milliseconds at_most) {
  const auto again = static_cast<std::ptrdiff_t>(again_.size());
  const int patience = again != 0 ? 0 : static_cast<int>(at_most.count());
  ready_ = ::epoll_wait(set_, events_.data(), static_cast<int>(events_.size()), patience);
  now_ = std::chrono::steady_clock::now();
  for (int i = 0; i < ready_; ++i) {
    const epoll_event event = events_[static_cast<std::size_t>(i)];
    if (event.data.fd != nobody) tell(event.data.fd, event.events);
  }
  ready_ = 0;
  for (std::ptrdiff_t i = 0; i < again; ++i) {
    const int descriptor = again_[static_cast<std::size_t>(i)];
    if (const std::uint32_t events = std::exchange(of(descriptor).again, 0); events != 0)
      tell(descriptor, events);
  }
  again_.erase(again_.begin(), again_.begin() + again);
}

void poller::tell(int descriptor, std::uint32_t events) {
  const entry& told = of(descriptor);
  if (told.handler != nullptr) told.handler->on_ready(told.slot, events);
}

void poller::add(int descriptor, std::uint32_t interest, ready_handler& handler, unsigned slot) {
  if (descriptor >= static_cast<int>(entries_.size())) {
    entries_.resize(static_cast<std::size_t>(descriptor) + 1);
    again_.reserve(entries_.capacity());
  }
  control(set_, EPOLL_CTL_ADD, descriptor, interest);
  hand_over(descriptor, handler, slot);
}

void poller::change(int descriptor, std::uint32_t interest) {
  control(set_, EPOLL_CTL_MOD, descriptor, interest);
}

void poller::again(int descriptor, std::uint32_t events) {
  std::uint32_t& pending = of(descriptor).again;
  if (pending == 0) again_.push_back(descriptor);
  pending |= events;
}

void poller::hand_over(int descriptor, ready_handler& handler, unsigned slot) noexcept {
  of(descriptor).handler = &handler;
  of(descriptor).slot = slot;
}

void poller::abandon(int descriptor) noexcept {
  of(descriptor).handler = nullptr;
}

void poller::remove(int descriptor) noexcept {
  ::epoll_ctl(set_, EPOLL_CTL_DEL, descriptor, nullptr);
  forget(descriptor);
}

void poller::forget(int descriptor) noexcept {
  of(descriptor) = {};
  // What was fetched must not be told to the next socket of its number.
  std::for_each_n(events_.begin(), ready_, [descriptor](epoll_event& event) {
    if (event.data.fd == descriptor) event.data.fd = nobody;
  });
}

}  // namespace lastframe::net
