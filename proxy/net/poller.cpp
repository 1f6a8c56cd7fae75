#include "proxy/net/poller.hpp"

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace lastframe::net {

namespace {

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::system_category(), "cannot create an epoll set");
  return set;
}

// A handler's address, with the slot in a bit that no address has.
char* tag(ready_handler& handler, unsigned slot) noexcept {
  static_assert(alignof(ready_handler) > 1);
  return reinterpret_cast<char*>(&handler) + slot;
}

void control(int set, int operation, int descriptor, std::uint32_t interest) {
  epoll_event event{};
  event.events = interest;
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
  ready_ =
      ::epoll_wait(set_, events_.data(), static_cast<int>(events_.size()), static_cast<int>(at_most.count()));
  for (int i = 0; i < ready_; ++i) {
    const epoll_event event = events_[static_cast<std::size_t>(i)];
    const owner told = owner_of(event.data.fd);
    if (told == nullptr) continue;
    const auto slot = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(told) & 1);
    reinterpret_cast<ready_handler*>(told - slot)->on_ready(slot, event.events);
  }
  ready_ = 0;
}

void poller::add(int descriptor, std::uint32_t interest, ready_handler& handler, unsigned slot) {
  if (descriptor >= static_cast<int>(owners_.size()))
    owners_.resize(static_cast<std::size_t>(descriptor) + 1);
  control(set_, EPOLL_CTL_ADD, descriptor, interest);
  hand_over(descriptor, handler, slot);
}

void poller::change(int descriptor, std::uint32_t interest, ready_handler& handler, unsigned slot) {
  control(set_, EPOLL_CTL_MOD, descriptor, interest);
  hand_over(descriptor, handler, slot);
}

void poller::hand_over(int descriptor, ready_handler& handler, unsigned slot) noexcept {
  owner_of(descriptor) = tag(handler, slot);
}

void poller::abandon(int descriptor) noexcept {
  owner_of(descriptor) = nullptr;
}

void poller::remove(int descriptor, ready_handler& handler, unsigned slot) noexcept {
  if (descriptor >= 0) {
    ::epoll_ctl(set_, EPOLL_CTL_DEL, descriptor, nullptr);
    return abandon(descriptor);
  }
  // What is closed is reported no more, but the current batch may hold an event of it.
  for (int i = 0; i < ready_; ++i) {
    owner& told = owner_of(events_[static_cast<std::size_t>(i)].data.fd);
    if (told == tag(handler, slot)) told = nullptr;
  }
}

}  // namespace lastframe::net
