#include "tests/bench/load/stream.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/bench/load/report.hpp"

namespace lastframe::bench {
namespace {

class stream_run final : public workload {
 public:
  stream_run(const target& to, const stream_plan& plan)
      : plan_(plan), clients_(events_, to, *this), start_(events_) {
    if (plan_.up) block_ = std::make_shared<const message_block>(plan_.size, true);
  }

  void run() {
    start_.wait([this] { clients_.open(plan_.tunnels); });
    events_.run();
  }

 private:
  void opened(client&) override {
    clients_.one_opened();
    if (clients_.all_open()) begin(std::max<std::uint64_t>(plan_.warmup, 1));
  }

  void begin(std::uint64_t count) {
    left_ = plan_.up ? plan_.tunnels : plan_.tunnels * count;
    begun_ = now();
    for (auto& tunnel : clients_.clients()) {
      tunnel->payload_bytes = 0;
      if (plan_.up) {
        tunnel->stream(block_, count);
      } else {
        tunnel->queue_frame(protocol::opcodes::text, stream_order(count, plan_.size), true);
      }
      tunnel->flush();
    }
  }

  // The service answers it when it has read all that was before.
  void streamed(client& tunnel) override { tunnel.queue_frame(protocol::opcodes::text, "end", true); }

  void received(client& tunnel, const frame_header&) override {
    if (!plan_.up && measuring_ && least_share_ == 0 && tunnel.payload_bytes == plan_.count * plan_.size)
      least_share_ = least_share();
    if (--left_ == 0) measuring_ ? finish() : rest();
  }

  void rest() {
    start_.wait([this] {
      measuring_ = true;
      begin(plan_.count);
    });
  }

  // In percent of the tunnel that is done first.
  [[nodiscard]] std::uint64_t least_share() {
    std::uint64_t least = plan_.count * plan_.size;
    for (const auto& tunnel : clients_.clients())
      least = std::min<std::uint64_t>(least, tunnel->payload_bytes);
    return 100 * least / (plan_.count * plan_.size);
  }

  void finish() {
    if (!plan_.up) check_sizes();
    report result(begun_);
    result.add("messages", plan_.count * plan_.tunnels);
    result.add("bytes", plan_.count * plan_.tunnels * plan_.size);
    if (!plan_.up) result.add("least_share_percent", least_share_);
    result.print();
    events_.stop();
  }

  void check_sizes() {
    for (auto& tunnel : clients_.clients()) {
      if (tunnel->payload_bytes != plan_.count * plan_.size)
        throw std::runtime_error("a stream is not as long as ordered");
    }
  }

  poller events_;
  stream_plan plan_;
  std::shared_ptr<const message_block> block_;
  fleet clients_;
  starter start_;
  std::uint64_t begun_ = 0;
  std::uint64_t left_ = 0;  // messages from the service
  std::uint64_t least_share_ = 0;
  bool measuring_ = false;
};

}  // namespace

void run_stream(const target& to, const stream_plan& plan) {
  stream_run(to, plan).run();
}

std::string stream_order(std::uint64_t count, std::size_t size) {
  return std::to_string(count) + " " + std::to_string(size);
}

}  // namespace lastframe::bench
