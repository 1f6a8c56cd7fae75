#include "proxy/server/worker.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "proxy/session/accept.hpp"

namespace lastframe::server {

worker::worker(const shared_services& shared, const telemetry::catalogue& names,
               std::shared_ptr<telemetry::code_labels> labels)
    : budget_(shared.settings->limits.buffer_bytes / std::max<std::size_t>(shared.settings->workers, 1)),
      recorder_(names, std::move(labels)),
      context_(io_, shared.settings, shared.tls, recorder_, shared.access, shared.log, shared.connections,
               budget_),
      work_(io_.get_executor()) {}

worker::~worker() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void worker::start() {
  for (session::listening_socket& each : listening_) {
    asio::co_spawn(io_.get_executor(), session::accept_clients(context_, each), asio::detached);
  }
  context_.poller.start();
  // Signals are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "worker");
    io_.run();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void worker::ask(std::function<void(const telemetry::recorder&)> look) {
  asio::post(io_, [this, look = std::move(look)] { look(recorder_); });
}

void worker::use(std::shared_ptr<const session::tls_setup> tls) {
  asio::post(io_, [this, tls = std::move(tls)] { context_.tls = tls; });
}

void worker::stop_accepting() {
  asio::post(io_, [this] {
    for (session::listening_socket& each : listening_) session::stop_accepting(context_, each);
    accepting_ = false;
  });
}

void worker::drain(const session::drain_plan& plan) {
  asio::post(io_, [this, plan] {
    context_.draining = plan;
    context_.drain_begins.wake_all();
    // A tunnel may end, and leave the list, by being told.
    for (auto each = context_.tunnels.begin(); each != context_.tunnels.end();) (each++)->drain(plan);
  });
}

void worker::abort() {
  asio::post(io_, [this] {
    for (auto each = context_.tunnels.begin(); each != context_.tunnels.end();) {
      recorder_.drain_forced();
      (each++)->abort();
    }
    io_.stop();
  });
}

}  // namespace lastframe::server
