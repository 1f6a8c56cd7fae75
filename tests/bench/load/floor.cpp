#include "tests/bench/load/floor.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/load/poller.hpp"

namespace lastframe::bench {
namespace {

class side final : public event_target {
 public:
  side(poller& events, int descriptor, bool readable)
      : events_(&events), descriptor_(descriptor), wanted_(readable ? EPOLLIN : EPOLLOUT) {
    events_->add(descriptor_, wanted_, *this);
  }
  side(const side&) = delete;
  side& operator=(const side&) = delete;
  ~side() override { close(); }

  void join(side& other) { other_ = &other; }

 private:
  void on_events(std::uint32_t events) override {
    if (descriptor_ < 0) return;
    if (wanted_ == EPOLLOUT) return write_rest();
    if (wanted_ == EPOLLIN && events != EPOLLOUT) copy();
  }

  void copy() {
    static std::array<char, 64 << 10> buffer;
    const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return end();
    const ssize_t sent = other_->write(buffer.data(), static_cast<std::size_t>(size));
    if (sent < 0 || sent == size) return;
    other_->rest_.assign(buffer.data() + sent, static_cast<std::size_t>(size - sent));
    other_->want(EPOLLOUT);
    want(0);
  }

  // Asked for room only while bytes wait, and at first until the connection stands.
  void write_rest() {
    if (!rest_.empty()) {
      const ssize_t sent = write(rest_.data(), rest_.size());
      if (sent < 0) rest_.clear();
      if (sent > 0) rest_.erase(0, static_cast<std::size_t>(sent));
      if (!rest_.empty()) return;
      std::string().swap(rest_);
    }
    want(EPOLLIN);
    if (other_->read_to_end_) {
      ::shutdown(descriptor_, SHUT_WR);
    } else {
      other_->want(EPOLLIN);
    }
  }

  [[nodiscard]] ssize_t write(const char* bytes, std::size_t size) const {
    const ssize_t sent = ::send(descriptor_, bytes, size, MSG_NOSIGNAL);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
  }

  void end() {
    if (other_->read_to_end_) return bury_both();
    read_to_end_ = true;
    want(0);
    ::shutdown(other_->descriptor_, SHUT_WR);
  }

  void bury_both() {
    close();
    other_->close();
    events_->bury(std::unique_ptr<event_target>(other_));
    events_->bury(std::unique_ptr<event_target>(this));
  }

  // Without interest it leaves the set: a reset is told of for ever otherwise.
  void want(std::uint32_t events) {
    if (descriptor_ < 0 || events == wanted_) return;
    if (events == 0) {
      events_->remove(descriptor_);
    } else if (wanted_ == 0) {
      events_->add(descriptor_, events, *this);
    } else {
      events_->change(descriptor_, events, *this);
    }
    wanted_ = events;
  }

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  poller* events_;
  side* other_ = nullptr;
  std::string rest_;  // for this side, which has not taken it
  int descriptor_;
  std::uint32_t wanted_;
  bool read_to_end_ = false;
};

class listener final : public event_target {
 public:
  listener(poller& events, const sockaddr_in& address, const sockaddr_in& upstream)
      : events_(&events), upstream_(upstream), descriptor_(listen_on(address)) {
    events_->add(descriptor_, EPOLLIN, *this);
    announce(descriptor_);
  }

 private:
  // The sides own each other, and end together.
  void on_events(std::uint32_t) override {
    for (int accepted = accept_on(descriptor_); accepted >= 0; accepted = accept_on(descriptor_)) {
      auto client = std::make_unique<side>(*events_, accepted, true);
      auto service = std::make_unique<side>(*events_, connect_to(upstream_, 0), false);
      client->join(*service);
      service->join(*client);
      static_cast<void>(client.release());
      static_cast<void>(service.release());
    }
  }

  poller* events_;
  sockaddr_in upstream_;
  int descriptor_;
};

}  // namespace

void copy_bytes(const sockaddr_in& address, const sockaddr_in& upstream) {
  poller events;
  listener all(events, address, upstream);
  events.run();
  std::exit(0);
}

}  // namespace lastframe::bench
