#include "proxy/net/event_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "proxy/net/waiter.hpp"

namespace lastframe::net {

using std::chrono::milliseconds;

namespace {

constexpr std::chrono::hours long_enough{1};
// So many steps of coroutines are taken in one turn; then sockets have theirs.
constexpr int most_at_once = 64;

}  // namespace

event_loop::mailbox::mailbox() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::system_category(), "cannot create an eventfd");
}

event_loop::mailbox::~mailbox() {
  ::close(descriptor_);
}

void event_loop::mailbox::put(std::function<void()> todo) {
  {
    const std::lock_guard lock(guard_);
    todo_.push_back(std::move(todo));
  }
  ring();
}

void event_loop::mailbox::ring() noexcept {
  ::eventfd_write(descriptor_, 1);
}

void event_loop::mailbox::on_ready(unsigned, std::uint32_t) {
  eventfd_t count = 0;
  ::eventfd_read(descriptor_, &count);
  std::vector<std::function<void()>> todo;
  {
    const std::lock_guard lock(guard_);
    todo.swap(todo_);
  }
  for (const auto& each : todo) each();
}

event_loop::event_loop() {
  sockets_.add(posted_.descriptor(), EPOLLIN, posted_);
}

event_loop::~event_loop() {
  while (!waiters_.empty()) {
    waiter& one = waiters_.front();
    waiters_.pop_front();
    one.give_up();
  }
}

void event_loop::run() {
  while (!stopped_) take_turn(long_enough);
}

void event_loop::take_turn(milliseconds at_most) {
  int ran = 0;
  while (ran < most_at_once && io_.poll_one() != 0) ++ran;
  // A turn within one of those steps may have taken the word of a stop.
  if (ran == most_at_once || stopped_) at_most = milliseconds(0);
  if (const time_point due = times_.due(); due < now() + at_most)
    at_most = std::max(std::chrono::ceil<milliseconds>(due - now()), milliseconds(0));
  sockets_.wait(at_most);
  times_.expire(now());
}

void event_loop::post(std::function<void()> todo) {
  posted_.put(std::move(todo));
}

void event_loop::stop() noexcept {
  stopped_ = true;
  posted_.ring();
}

}  // namespace lastframe::net
