#include "proxy/server/worker.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proxy/session/accept.hpp"

namespace lastframe::server {

worker::worker(const shared_services& shared, const telemetry::catalogue& names,
               std::shared_ptr<telemetry::code_labels> labels)
    : budget_(shared.settings->limits.buffer_bytes / std::max<std::size_t>(shared.settings->workers, 1)),
      recorder_(names, std::move(labels)),
      context_(loop_, shared.settings, shared.tls, recorder_, shared.access, shared.log, shared.connections,
               budget_) {}

worker::~worker() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void worker::start() {
  for (session::listening_socket& each : listening_) {
    asio::co_spawn(loop_.io().get_executor(), session::accept_clients(context_, each), asio::detached);
  }
  // Signals are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "worker");
    loop_.run();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void worker::ask(std::function<void(const telemetry::recorder&)> look) {
  loop_.post([this, look = std::move(look)] { look(recorder_); });
}

void worker::use(std::shared_ptr<const session::tls_setup> tls) {
  loop_.post([this, tls = std::move(tls)] { context_.tls = tls; });
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
  loop_.post([this] {
    for (auto each = context_.tunnels.begin(); each != context_.tunnels.end();) {
      recorder_.drain_forced();
      (each++)->abort();
    }
    loop_.stop();
  });
}

}  // namespace lastframe::server
