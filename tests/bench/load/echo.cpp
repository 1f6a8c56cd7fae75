#include "tests/bench/load/echo.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/bench/load/histogram.hpp"
#include "tests/bench/load/report.hpp"

namespace lastframe::bench {
namespace {

class echo_run final : public workload {
 public:
  echo_run(const target& to, const echo_plan& plan)
      : plan_(plan), message_(one_message(plan.size)), clients_(events_, to, *this), start_(events_) {}

  void run() {
    start_.wait([this] { clients_.open(plan_.tunnels); });
    events_.run();
  }

 private:
  static std::string one_message(std::size_t size) {
    const message_block block(size, true);
    return block.bytes.substr(0, block.message_size);
  }

  void opened(client&) override {
    clients_.one_opened();
    if (clients_.all_open()) begin(std::max<std::uint64_t>(plan_.warmup, plan_.tunnels));
  }

  // First one message for each tunnel, then up to `depth`.
  void begin(std::uint64_t count) {
    left_to_send_ = left_to_receive_ = count;
    begun_ = now();
    for (std::size_t round = 0; round < plan_.depth; ++round) {
      for (auto& tunnel : clients_.clients()) send(*tunnel);
    }
    for (auto& tunnel : clients_.clients()) tunnel->flush();
  }

  void send(client& tunnel) {
    if (left_to_send_ == 0) return;
    --left_to_send_;
    tunnel.sent_at.push_back(now());
    tunnel.queue(message_);
  }

  void received(client& tunnel, const frame_header&) override {
    if (tunnel.sent_at.empty()) throw std::runtime_error("an answer to nothing");
    latencies_.record(now() - tunnel.sent_at.front());
    tunnel.sent_at.pop_front();
    send(tunnel);
    if (--left_to_receive_ == 0) measuring_ ? finish() : rest();
  }

  void rest() {
    check_sizes(std::max<std::uint64_t>(plan_.warmup, plan_.tunnels));
    start_.wait([this] { measure(); });
  }

  void measure() {
    measuring_ = true;
    latencies_ = {};
    if (plan_.count == 0) return finish();
    begin(plan_.count);
  }

  void finish() {
    report result(begun_);
    result.add("messages", plan_.count);
    result.add_latencies(latencies_);
    result.print();
    events_.stop();
  }

  void check_sizes(std::uint64_t messages) {
    std::uint64_t bytes = 0;
    for (auto& tunnel : clients_.clients()) bytes += tunnel->payload_bytes;
    if (bytes != messages * plan_.size) throw std::runtime_error("answers are not of the messages' size");
  }

  poller events_;
  echo_plan plan_;
  std::string message_;
  fleet clients_;
  starter start_;
  histogram latencies_;
  std::uint64_t begun_ = 0;
  std::uint64_t left_to_send_ = 0;
  std::uint64_t left_to_receive_ = 0;
  bool measuring_ = false;
};

}  // namespace

void run_echo(const target& to, const echo_plan& plan) {
  echo_run(to, plan).run();
}

}  // namespace lastframe::bench
