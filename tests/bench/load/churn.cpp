#include "tests/bench/load/churn.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tests/bench/load/histogram.hpp"
#include "tests/bench/load/report.hpp"

namespace lastframe::bench {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view close_1000 = "\x03\xE8"sv;

class churn_run final : public workload {
 public:
  churn_run(const target& to, const churn_plan& plan)
      : to_(to), plan_(plan), payload_(plan.size, 'z'), start_(events_) {}

  void run() {
    start_.wait([this] { begin(std::max<std::uint64_t>(plan_.warmup, 1)); });
    events_.run();
  }

 private:
  struct one {
    std::unique_ptr<client> tunnel;
    std::uint64_t begun;
    bool closed = false;
  };

  void begin(std::uint64_t count) {
    left_to_open_ = left_to_end_ = count;
    begun_ = now();
    for (std::size_t i = 0; i < plan_.at_once; ++i) open_next();
  }

  void open_next() {
    if (left_to_open_ == 0) return;
    --left_to_open_;
    const std::uint64_t begun = now();
    auto tunnel = std::make_unique<client>(events_, to_, ++number_, *this);
    client* const key = tunnel.get();
    open_.emplace(key, one{std::move(tunnel), begun});
  }

  void opened(client& tunnel) override { tunnel.queue_frame(protocol::opcodes::binary, payload_, true); }

  void received(client& tunnel, const frame_header& last) override {
    if (last.opcode == protocol::opcodes::close) {
      open_.at(&tunnel).closed = true;
    } else {
      tunnel.queue_frame(protocol::opcodes::close, close_1000, true);
    }
  }

  void ended(client& tunnel) override {
    auto node = open_.extract(&tunnel);
    if (!node.mapped().closed) workload::ended(tunnel);
    latencies_.record(now() - node.mapped().begun);
    events_.bury(std::move(node.mapped().tunnel));
    open_next();
    if (--left_to_end_ == 0) measuring_ ? finish() : rest();
  }

  void rest() {
    start_.wait([this] {
      measuring_ = true;
      latencies_ = {};
      begin(plan_.count);
    });
  }

  void finish() {
    report result(begun_);
    result.add("connections", plan_.count);
    result.add_latencies(latencies_);
    result.print();
    events_.stop();
  }

  poller events_;
  target to_;
  churn_plan plan_;
  std::string payload_;
  std::map<client*, one> open_;
  starter start_;
  histogram latencies_;
  unsigned number_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t left_to_open_ = 0;
  std::uint64_t left_to_end_ = 0;
  bool measuring_ = false;
};

}  // namespace

void run_churn(const target& to, const churn_plan& plan) {
  churn_run(to, plan).run();
}

}  // namespace lastframe::bench
