#include "telemetry/logger.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include <pthread.h>

#include "telemetry/log_sampler.hpp"
#include "telemetry/text.hpp"

namespace lastframe::telemetry {

/// Asks the sampler, and tells in time what it suppressed, by a thread that begins with the first flood.
class logger::flood_guard {
 public:
  flood_guard(logger& owner, const log_sampling& how) : owner_(&owner), sampler_(how) {}

  ~flood_guard() {
    if (teller_.joinable()) {
      teller_.request_stop();
      teller_.join();
    }
    try {
      tell(sampler_.take_ended(clock::time_point::max()));
    } catch (const std::bad_alloc&) {
      // A line is not worth the process.
    }
  }

  flood_guard(const flood_guard&) = delete;
  flood_guard& operator=(const flood_guard&) = delete;

  bool admit(log_level level, std::string_view message) {
    const auto now = clock::now();
    std::unique_lock lock{mutex_};
    const auto ended = sampler_.take_ended(now);
    const bool admitted = sampler_.admit(level, message, now);
    if (!admitted) wake_teller();
    lock.unlock();
    tell(ended);
    return admitted;
  }

 private:
  using clock = std::chrono::steady_clock;

  void wake_teller() {
    if (teller_.joinable()) return more_.notify_one();
    if (!may_have_teller_) return;
    try {
      teller_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
    } catch (const std::system_error&) {
      // It is told with the next warning instead, and a machine short of threads is not asked again.
      may_have_teller_ = false;
    }
  }

  void run(const std::stop_token& stop) {
    // Signals are for other threads.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::unique_lock lock{mutex_};
    const auto has_more = [this] { return sampler_.next_end().has_value(); };
    while (more_.wait(lock, stop, has_more) && !stop.stop_requested()) {
      more_.wait_until(lock, stop, *sampler_.next_end(), [] { return false; });
      const auto ended = sampler_.take_ended(clock::now());
      lock.unlock();
      tell(ended);
      lock.lock();
    }
  }

  void tell(const std::vector<log_sampler::suppressed>& ended) {
    for (const log_sampler::suppressed& one : ended) {
      owner_->write(one.level, "lines suppressed", {{"of", one.message}, {"lines", one.lines}});
    }
  }

  logger* owner_;
  std::mutex mutex_;
  std::condition_variable_any more_;
  log_sampler sampler_;
  bool may_have_teller_ = true;
  std::jthread teller_;
};

logger::logger(log_output& out, log_format format, log_level least, const log_sampling& sampling)
    : out_(&out), format_(format), least_(least), guard_(std::make_unique<flood_guard>(*this, sampling)) {}

logger::~logger() = default;

void logger::log(log_level level, std::string_view message, log_fields fields) noexcept {
  if (!enabled(level)) return;
  try {
    if (level >= log_level::warning && !guard_->admit(level, message)) return;
    write(level, message, fields);
  } catch (const std::bad_alloc&) {
    // A line is not worth the process.
  }
}

void logger::write(log_level level, std::string_view message, log_fields fields) {
  line_builder line{format_};
  line.add("time", to_rfc3339(std::chrono::system_clock::now()));
  line.add("level", to_string(level));
  line.add("message", message);
  for (const log_field& field : fields) {
    std::visit([&](auto value) { line.add(field.name, value); }, field.value);
  }
  out_->write(line.take());
}

}  // namespace lastframe::telemetry
