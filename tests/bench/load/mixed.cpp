#include "tests/bench/load/mixed.hpp"

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/bench/load/histogram.hpp"
#include "tests/bench/load/report.hpp"
#include "tests/bench/load/stream.hpp"

namespace lastframe::bench {
namespace {

// Calls back `rate` times a second.
class ticker final : public event_target {
 public:
  ticker(poller& events, std::uint64_t rate, std::function<void()> tick)
      : events_(&events),
        tick_(std::move(tick)),
        descriptor_(check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")) {
    const auto nanoseconds = static_cast<long>(1'000'000'000 / rate);
    itimerspec every{};
    every.it_value.tv_sec = every.it_interval.tv_sec = nanoseconds / 1'000'000'000;
    every.it_value.tv_nsec = every.it_interval.tv_nsec = nanoseconds % 1'000'000'000;
    check(timerfd_settime(descriptor_, 0, &every, nullptr), "timerfd_settime");
    events_->add(descriptor_, EPOLLIN, *this);
  }
  ticker(const ticker&) = delete;
  ticker& operator=(const ticker&) = delete;
  ~ticker() override {
    events_->remove(descriptor_);
    ::close(descriptor_);
  }

 private:
  void on_events(std::uint32_t) override {
    std::uint64_t due = 0;
    if (::read(descriptor_, &due, sizeof due) != sizeof due) return;
    for (; due != 0; --due) tick_();
  }

  poller* events_;
  std::function<void()> tick_;
  int descriptor_;
};

class mixed_run final : public workload {
 public:
  mixed_run(const target& to, const mixed_plan& plan)
      : plan_(plan), to_(to), payload_(plan.size, 'z'), streams_(events_, down(to), *this), start_(events_) {}

  void run() {
    start_.wait([this] {
      small_ = std::make_unique<client>(events_, to_, 0, *this);
      streams_.open(plan_.streams);
    });
    events_.run();
  }

 private:
  static target down(target to) {
    to.path = "/down";
    return to;
  }

  void opened(client& tunnel) override {
    if (&tunnel != small_.get()) {
      tunnel.queue_frame(protocol::opcodes::text,
                         stream_order(std::numeric_limits<std::uint64_t>::max() / (2 * plan_.stream_size),
                                      plan_.stream_size),
                         true);
      streams_.one_opened();
    } else {
      small_open_ = true;
    }
    if (small_open_ && streams_.all_open()) begin(plan_.warmup);
  }

  void begin(std::uint64_t count) {
    begun_ = now();
    left_to_send_ = left_to_receive_ = count;
    events_.bury(std::move(ticker_));  // it may have ticked with the event that led here
    ticker_ = std::make_unique<ticker>(events_, plan_.rate, [this] { send(); });
  }

  void send() {
    if (left_to_send_ == 0) return;
    --left_to_send_;
    small_->sent_at.push_back(now());
    small_->queue_frame(protocol::opcodes::binary, payload_, true);
    small_->flush();
  }

  void received(client& tunnel, const frame_header&) override {
    if (&tunnel != small_.get()) return;
    latencies_.record(now() - tunnel.sent_at.front());
    tunnel.sent_at.pop_front();
    if (--left_to_receive_ == 0) measuring_ ? finish() : rest();
  }

  void rest() {
    start_.wait([this] {
      measuring_ = true;
      latencies_ = {};
      streamed_before_ = streamed_bytes();
      begin(plan_.count);
    });
  }

  [[nodiscard]] std::uint64_t streamed_bytes() {
    std::uint64_t bytes = 0;
    for (auto& tunnel : streams_.clients()) bytes += tunnel->payload_bytes;
    return bytes;
  }

  void finish() {
    report result(begun_);
    result.add("messages", plan_.count);
    result.add("bytes", streamed_bytes() - streamed_before_);
    result.add_latencies(latencies_);
    result.print();
    events_.stop();
  }

  poller events_;
  mixed_plan plan_;
  target to_;
  std::string payload_;
  fleet streams_;
  std::unique_ptr<client> small_;
  std::unique_ptr<ticker> ticker_;
  starter start_;
  histogram latencies_;
  std::uint64_t streamed_before_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t left_to_send_ = 0;
  std::uint64_t left_to_receive_ = 0;
  bool small_open_ = false;
  bool measuring_ = false;
};

}  // namespace

void run_mixed(const target& to, const mixed_plan& plan) {
  mixed_run(to, plan).run();
}

}  // namespace lastframe::bench
