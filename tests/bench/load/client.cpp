#include "tests/bench/load/client.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/bench/load/handshake.hpp"

namespace lastframe::bench {
namespace {

// Fewer than any proxy's backlog, so that none has to be tried again.
constexpr std::size_t at_once = 64;

}  // namespace

void workload::ended(client&) {
  throw std::runtime_error("a tunnel ended early");
}

client::client(poller& events, const target& to, unsigned number, workload& owner)
    : peer(events, transport(connect_to(to.address, number), to.tls)), owner_(&owner) {
  queue(upgrade_request(to.path));
}

void client::on_head(std::string_view head) {
  if (!head.starts_with("HTTP/1.1 101 ")) throw std::runtime_error("no tunnel: " + std::string(head));
  owner_->opened(*this);
}

void client::on_frame(const frame_header& header, std::string_view payload) {
  if (header.opcode == protocol::opcodes::ping) return queue_frame(protocol::opcodes::pong, payload, true);
  if (header.is_data()) payload_bytes += header.length;
  if (header.fin) owner_->received(*this, header);
}

void fleet::open(std::size_t count) {
  wanted_ = count;
  clients_.reserve(count);
  for (std::size_t i = 0; i < std::min(count, at_once); ++i) open_next();
}

void fleet::open_next() {
  const auto number = static_cast<unsigned>(clients_.size()) + 1;
  clients_.push_back(std::make_unique<client>(*events_, to_, number, *owner_));
}

void fleet::one_opened() {
  ++opened_;
  if (clients_.size() < wanted_) open_next();
}

std::uint64_t now() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

void starter::wait(std::function<void()> then) {
  then_ = std::move(then);
  check(fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK), "fcntl");
  events_->add(STDIN_FILENO, EPOLLIN, *this);
  std::puts("{\"ready\": true}");
  std::fflush(stdout);
}

void starter::on_events(std::uint32_t) {
  std::array<char, 64> line;
  if (::read(STDIN_FILENO, line.data(), line.size()) < 0) return;
  events_->remove(STDIN_FILENO);
  std::exchange(then_, {})();
}

}  // namespace lastframe::bench
