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
  // A list, of which the one element moves over as it is: what is posted has to be copied.
  const auto one = std::make_shared<std::list<session::listening_socket>>();
  one->push_back(std::move(opened));
  loop_.post([this, one] {
    const auto names = config::listener_names(*context_.revision->settings);
    const auto at = one->begin();
    listening_.splice(listening_.end(), *one);
    at->listener = static_cast<std::size_t>(std::ranges::find(names, at->name) - names.begin());
    asio::co_spawn(loop_.io().get_executor(), session::accept_clients(context_, *at),
                   [this, at](const std::exception_ptr& fault) {
                     if (fault)
                       context_.log.error("nobody is accepted here any more: a fault of the proxy's own",
                                          {{"listener", at->name}});
                     // Not at once: `stop_accepting`, which ends it, still holds it.
                     loop_.post([this, at] { listening_.erase(at); });
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
  const auto index_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  };
  // Before the next revision, or who waits there would be served by one that knows nothing of it.
  for (session::listening_socket& each : listening_) {
    if (index_of(each.name) == names.size()) session::stop_accepting(context_, each);
  }
  for (session::listening_socket& each : listening_) each.listener = index_of(each.name);
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
    for (session::listening_socket& each : listening_) session::stop_accepting(context_, each);
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
