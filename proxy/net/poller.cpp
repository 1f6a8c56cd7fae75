#include "proxy/net/poller.hpp"

#include <cerrno>
#include <system_error>

namespace lastframe::net {

namespace {

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::system_category(), "cannot create an epoll set");
  return set;
}

void control(int set, int operation, int descriptor, std::uint32_t interest, ready_handler& handler) {
  epoll_event event{};
  event.events = interest;
  event.data.ptr = &handler;
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
    if (event.data.ptr != nullptr) static_cast<ready_handler*>(event.data.ptr)->on_ready(event.events);
  }
  ready_ = 0;
}

void poller::add(int descriptor, std::uint32_t interest, ready_handler& handler) {
  control(set_.native_handle(), EPOLL_CTL_ADD, descriptor, interest, handler);
}

void poller::change(int descriptor, std::uint32_t interest, ready_handler& handler) {
  control(set_.native_handle(), EPOLL_CTL_MOD, descriptor, interest, handler);
}

void poller::remove(int descriptor, const ready_handler& handler) noexcept {
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  for (int i = 0; i < ready_; ++i) {
    epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &handler) event.data.ptr = nullptr;
  }
}

}  // namespace lastframe::net
