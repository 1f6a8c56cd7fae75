#include "telemetry/log_output.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <string>

#include <poll.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

namespace lastframe::telemetry {

namespace {

using steady = std::chrono::steady_clock;
constexpr std::chrono::seconds patience_at_the_end{1};

/// Writes lines to a descriptor; several at once if more are waiting. Only the pool's thread calls it, and,
/// once that has ended, the thread that destroys the output.
class descriptor_sink final : public spdlog::sinks::sink {
 public:
  descriptor_sink(int descriptor, spdlog::details::thread_pool& pool)
      : descriptor_(descriptor), pool_(&pool) {}

  void log(const spdlog::details::log_msg& line) override {
    pending_.append(line.payload.data(), line.payload.size());
    pending_ += '\n';
    if (pending_.size() >= 64 * 1024 || pool_->queue_size() == 0) flush();
  }

  void flush() override {
    std::string_view rest = pending_;
    while (!rest.empty() && wait_until_writable()) {
      // Up to PIPE_BUF bytes never block a pipe that polls as writable, whatever mode its other owners need
      // it in.
      const ssize_t n = ::write(descriptor_, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
      if (n >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno != EINTR && errno != EAGAIN) {
        break;
      }
    }
    pending_.clear();
  }

  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  /// From now on the descriptor gets a limited time. Any thread.
  void end_soon() { give_up_at_ = (steady::now() + patience_at_the_end).time_since_epoch().count(); }

 private:
  bool wait_until_writable() const {
    for (;;) {
      pollfd waiting{descriptor_, POLLOUT, 0};
      const int ready = ::poll(&waiting, 1, 50);
      if (ready > 0) return (waiting.revents & POLLOUT) != 0;
      if (ready < 0 && errno != EINTR) return false;
      if (steady::now().time_since_epoch().count() >= give_up_at_) return false;
    }
  }

  int descriptor_;
  spdlog::details::thread_pool* pool_;
  std::string pending_;
  std::atomic<steady::rep> give_up_at_{steady::duration::max().count()};
};

/// Signals are for other threads; a reader that is gone is an error of write(2), not a SIGPIPE.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

struct log_output::impl {
  impl(int descriptor, std::size_t lines)
      : pool(std::make_shared<spdlog::details::thread_pool>(lines, 1, block_signals,
                                                            [this] { sink->flush(); })),
        sink(std::make_shared<descriptor_sink>(descriptor, *pool)),
        logger(std::make_shared<spdlog::async_logger>("", sink, pool,
                                                      spdlog::async_overflow_policy::overrun_oldest)) {
    logger->set_error_handler([](const std::string&) {});
  }

  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<descriptor_sink> sink;
  std::shared_ptr<spdlog::async_logger> logger;
};

log_output::log_output(int descriptor, std::size_t lines)
    : impl_(std::make_unique<impl>(descriptor, lines)) {}

log_output::~log_output() {
  impl_->sink->end_soon();
  impl_->pool.reset();  // joins its thread, which flushes the sink last
}

void log_output::write(std::string_view line) noexcept {
  impl_->logger->log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

std::size_t log_output::lost() const noexcept {
  return impl_->pool->overrun_counter();
}

}  // namespace lastframe::telemetry
