#include "proxy/server/worker.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "proxy/config/changes.hpp"
#include "proxy/session/accept.hpp"

namespace lastframe::server {

namespace {

std::uint64_t share_of_buffers(const config::settings& settings) {
  return settings.limits.buffer_bytes / std::max<std::size_t>(settings.workers, 1);
}

/// The place of a name among the listeners of a configuration; their number if it has none of it.
std::size_t index_of(const std::string& name, const std::vector<std::string>& names) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

}  // namespace

worker::worker(const shared_services& shared, const session::revision& first,
               std::shared_ptr<telemetry::code_labels> labels)
    : budget_(share_of_buffers(*first.settings)),
      recorder_(*first.names, std::move(labels)),
      context_(loop_, first, recorder_, shared.access, shared.log, shared.connections, budget_) {}

worker::~worker() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void worker::listen(session::listening_socket opened) {
  const auto at = std::make_shared<session::listening_socket>(std::move(opened));
  loop_.post([this, at] {
    at->listener = index_of(at->name, config::listener_names(*context_.revision->settings));
    listening_.push_back(at);
    asio::co_spawn(loop_.io().get_executor(), session::accept_clients(context_, *at),
                   [this, at](const std::exception_ptr& fault) {
                     if (fault)
                       context_.log.error("nobody is accepted here any more: a fault of the proxy's own",
                                          {{"listener", at->name}});
                     // Not at once: who ends them goes through them.
                     loop_.post([this, at] { std::erase(listening_, at); });
                   });
  });
}

void worker::start() {
  // Signals are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "worker");
    loop_.run();
    // Not within a turn, of which the rest could open another tunnel.
    if (aborted_) cut_all();
    stopped_ = true;
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void worker::ask(std::function<void(const telemetry::recorder&)> look) {
  loop_.post([this, look = std::move(look)] { look(recorder_); });
}

void worker::use(const session::revision& next) {
  loop_.post([this, next] { use_now(next); });
}

void worker::use_now(session::revision next) {
  const auto names = config::listener_names(*next.settings);
  // Before the next revision, or who waits there would be served by one that knows nothing of it.
  for (const auto& each : listening_) {
    if (index_of(each->name, names) == names.size()) session::stop_accepting(context_, *each);
  }
  for (const auto& each : listening_) each->listener = index_of(each->name, names);
  budget_.limit(share_of_buffers(*next.settings));
  context_.use(std::move(next));
}

std::future<void> worker::caught_up() {
  auto done = std::make_shared<std::promise<void>>();
  auto reached = done->get_future();
  loop_.post([done] { done->set_value(); });
  return reached;
}

void worker::drain(const session::drain_plan& plan) {
  loop_.post([this, plan] {
    for (const auto& each : listening_) session::stop_accepting(context_, *each);
    accepting_ = false;
    context_.draining = plan;
    // A tunnel may end, and leave the list, by being told.
    for (auto each = context_.tunnels.begin(); each != context_.tunnels.end();) (each++)->drain(plan);
    context_.drain_begins.wake_all();
  });
}

void worker::abort() {
  aborted_ = true;
  loop_.stop();
}

void worker::cut_all() {
  for (auto each = context_.tunnels.begin(); each != context_.tunnels.end();) {
    recorder_.drain_forced();
    (each++)->abort();
  }
}

}  // namespace lastframe::server
