// Clients of a measurement, and what a measurement is told of them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "tests/bench/load/peer.hpp"

namespace lastframe::bench {

class client;

/// What a measurement does when something happens to one of its clients.
class workload {
 public:
  virtual ~workload() = default;
  /// The tunnel is open.
  virtual void opened(client& tunnel) = 0;
  /// The last frame of a message came.
  virtual void received(client& tunnel, const frame_header& last) = 0;
  virtual void streamed(client&) {}
  /// The tunnel ended by itself; without a measurement that expects it, the run is void.
  virtual void ended(client& tunnel);
};

/// Where clients connect to, and how.
struct target {
  sockaddr_in address{};
  std::string path = "/echo";
  SSL_CTX* tls = nullptr;
};

/// One tunnel from the client's side. Answers Pings by itself.
class client final : public peer {
 public:
  /// `number` chooses the source address; 0 leaves it to the system.
  client(poller& events, const target& to, unsigned number, workload& owner);

  std::deque<std::uint64_t> sent_at;  ///< of messages that are under way; the workload's to use
  std::uint64_t payload_bytes = 0;    ///< received so far, in data frames

 private:
  void on_head(std::string_view head) override;
  void on_frame(const frame_header& header, std::string_view payload) override;
  void on_streamed() override { owner_->streamed(*this); }
  void on_end() override { owner_->ended(*this); }

  workload* owner_;
};

/// Opens clients, a few dozen at a time, and owns them.
class fleet {
 public:
  fleet(poller& events, target to, workload& owner) : events_(&events), to_(std::move(to)), owner_(&owner) {}

  /// Opens `count` clients from addresses of their own. Call `one_opened` for each `workload::opened`.
  void open(std::size_t count);
  void one_opened();
  [[nodiscard]] bool all_open() const noexcept { return opened_ == wanted_; }

  [[nodiscard]] std::vector<std::unique_ptr<client>>& clients() noexcept { return clients_; }

 private:
  void open_next();

  poller* events_;
  target to_;
  workload* owner_;
  std::vector<std::unique_ptr<client>> clients_;
  std::size_t wanted_ = 0;
  std::size_t opened_ = 0;
};

/// Nanoseconds of the monotonic clock.
[[nodiscard]] std::uint64_t now();

/// Lets the one who started this program measure what happens between two points: says `{"ready": true}`, and
/// goes on when a line comes from standard input, or its end. A measurement waits before it opens tunnels,
/// and again when they are warm.
class starter final : public event_target {
 public:
  explicit starter(poller& events) : events_(&events) {}
  void wait(std::function<void()> then);

 private:
  void on_events(std::uint32_t events) override;

  poller* events_;
  std::function<void()> then_;
};

}  // namespace lastframe::bench
