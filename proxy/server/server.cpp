#include "proxy/server/server.hpp"

#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <sys/resource.h>

#include "proxy/config/load.hpp"
#include "proxy/net/service_manager.hpp"
#include "proxy/server/file_watch.hpp"
#include "proxy/server/proxy.hpp"

namespace lastframe::server {

namespace {

using net::error_code;

// Two descriptors per tunnel: the soft limit of many systems is far too low, and the hard one is ours to
// take.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

using signal_set = asio::basic_signal_set<net::executor>;

void tell_manager(proxy& running, const std::string& state) {
  if (const auto error = net::notify(state))
    running.log().warning("the service manager cannot be told", {{"what", error.message()}});
}

std::string reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return "RELOADING=1\nMONOTONIC_USEC=" +
         std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

/// A drain, and what may follow it, may take longer than the manager's own patience.
std::string stopping(const config::drain& how) {
  constexpr std::chrono::seconds behind{10};
  const std::chrono::microseconds longest = how.deadline + behind;
  return "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=" + std::to_string(longest.count());
}

net::task<void> follow_files(proxy& running, std::shared_ptr<file_watch> watch) {
  for (;;) {
    const bool changed = co_await watch->changed();
    if (!changed) co_return;
    running.reload_files();
  }
}

/// Reads changed TLS files again by itself: those of the configuration in force.
class follower {
 public:
  explicit follower(net::executor where) : where_(where) {}

  /// Watches the files of a configuration that is about to be read: later, what changes meanwhile would be
  /// missed.
  void prepare(const config::settings& next) {
    next_ = nullptr;
    why_not_.clear();
    const auto files = files_of(next);
    // A machine may have no watches left: then SIGHUP is the way.
    try {
      if (!files.empty()) next_ = std::make_shared<file_watch>(where_, files);
    } catch (const std::system_error& error) {
      why_not_ = error.what();
    }
  }

  /// That configuration is in force.
  void follow(proxy& running) {
    if (watch_) watch_->stop();
    watch_ = std::exchange(next_, nullptr);
    if (watch_) asio::co_spawn(where_, follow_files(running, watch_), asio::detached);
    if (const std::string why = std::exchange(why_not_, {}); !why.empty())
      running.log().warning("TLS files are read again on SIGHUP alone", {{"what", why}});
  }

 private:
  net::executor where_;
  std::shared_ptr<file_watch> watch_;
  std::shared_ptr<file_watch> next_;
  std::string why_not_;
};

/// What SIGHUP asks for.
void reload(proxy& running, const std::string& file, follower& files) {
  tell_manager(running, reloading());
  if (file.empty()) {
    running.reload_files();
  } else {
    auto around = config::process_surroundings();
    around.cpus = running.settings().workers;  // `auto` is what runs
    const config::load_result read = config::load_file(file, around);
    if (read) files.prepare(*read.loaded);
    if (running.reload(read)) files.follow(running);
  }
  tell_manager(running, "READY=1");
}

/// Waits for signals and does what they ask.
net::task<int> obey_signals(proxy& running, signal_set& signals, std::string file, follower& files) {
  for (;;) {
    const auto [error, number] = co_await signals.async_wait(net::as_result);
    if (error) co_return 1;
    if (number != SIGHUP) break;
    reload(running, file, files);
  }
  tell_manager(running, stopping(running.settings().drain));
  enum class drain_state { begun, done, broken } state = drain_state::begun;
  asio::co_spawn(signals.get_executor(), running.drain(),
                 [&state, &signals](const std::exception_ptr& fault) {
                   state = fault ? drain_state::broken : drain_state::done;
                   error_code ignored;
                   signals.cancel(ignored);
                 });
  while (state == drain_state::begun) {
    const auto [error, number] = co_await signals.async_wait(net::as_result);
    if (error) continue;
    if (number == SIGHUP) {
      running.log().warning("the configuration is not reloaded: the proxy drains");
      continue;
    }
    running.log().warning("ended at once by a second signal");
    co_return 1;
  }
  co_return state == drain_state::done ? 0 : 1;
}

}  // namespace

int run(std::shared_ptr<const config::settings> settings, const std::string& file,
        const std::function<void()>& on_started) {
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  auto inherited = net::inherited_listeners();
  asio::io_context io(1);
  // Before anyone is served: who sees that may send a signal at once.
  signal_set signals(io.get_executor(), SIGTERM, SIGINT, SIGHUP);
  follower files(io.get_executor());
  files.prepare(*settings);
  proxy running(std::move(settings), std::move(inherited));
  files.follow(running);
  int code = 1;
  asio::co_spawn(io.get_executor(), obey_signals(running, signals, file, files),
                 [&code, &io](std::exception_ptr fault, int result) {
                   code = fault ? 1 : result;
                   io.stop();
                 });
  tell_manager(running, "READY=1\nSTATUS=serving");
  if (on_started) asio::post(io, on_started);
  io.run();
  return code;
}

}  // namespace lastframe::server
