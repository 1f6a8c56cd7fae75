// A level-triggered epoll set, and the sockets that the measuring programs use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>

namespace lastframe::bench {

/// Who is told of a descriptor's events.
class event_target {
 public:
  virtual ~event_target() = default;
  virtual void on_events(std::uint32_t events) = 0;
};

/// Not thread-safe. A target that is thrown away during an event must be given to `bury`: more of its events
/// may be under way.
class poller {
 public:
  poller();
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  void add(int descriptor, std::uint32_t events, event_target& target);
  void change(int descriptor, std::uint32_t events, event_target& target);
  void remove(int descriptor);
  /// Keeps `target` until all events that were fetched with this one have been told.
  void bury(std::unique_ptr<event_target> target) { buried_.push_back(std::move(target)); }

  /// Tells of events until `stop`.
  void run();
  void stop() noexcept { running_ = false; }

 private:
  int set_;
  bool running_ = false;
  std::vector<std::unique_ptr<event_target>> buried_;
};

/// Throws std::system_error named `what` where `result` is negative; else returns it.
int check(int result, const char* what);

/// Reads `127.0.0.1:80`; throws std::invalid_argument.
[[nodiscard]] sockaddr_in parse_address(const std::string& text);

/// A non-blocking listening socket.
[[nodiscard]] int listen_on(const sockaddr_in& address);
/// The port of a socket that listens on a port of the system's choice.
[[nodiscard]] std::uint16_t port_of(int descriptor);
/// The next connection that waits, non-blocking and with TCP_NODELAY, or -1.
[[nodiscard]] int accept_on(int listener);
/// A non-blocking connection under way, with TCP_NODELAY. `source` chooses among the 200 addresses from
/// 127.0.1.1 on, so that more connections than an address has ports can be open; 0 leaves it to the system.
[[nodiscard]] int connect_to(const sockaddr_in& address, unsigned source);

/// As many open descriptors as the hard limit allows.
void lift_descriptor_limit();

/// Says on standard output where a program listens: `{"port": 8080}`.
void announce(int listener);

}  // namespace lastframe::bench
