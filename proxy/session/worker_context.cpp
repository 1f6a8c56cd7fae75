#include "proxy/session/worker_context.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace lastframe::session {

namespace {

/// How many may be without a request yet: half of a worker's places, or a few.
std::size_t most_silent(const config::settings& settings) {
  return std::max<std::size_t>(16, settings.limits.connections / 2 / settings.workers);
}

}  // namespace

worker_context::worker_context(net::event_loop& with, session::revision first, telemetry::recorder& counts,
                               telemetry::access_log& tunnel_log, telemetry::logger& general_log,
                               admission& places, protocol::buffer_budget& room)
    : loop(with),
      recorder(counts),
      access(tunnel_log),
      log(general_log),
      connections(places),
      names(with),
      budget(room),
      silent(most_silent(*first.settings)),
      buffer_(protocol::max_header_size + read_size),
      read_buffer_(mutable_bytes(buffer_).subspan(protocol::max_header_size)) {
  use(std::move(first));
}

void worker_context::use(session::revision next) {
  auto contexts = std::make_shared<route_contexts>();
  contexts->settings = next.settings;
  for (std::size_t i = 0; i < next.settings->routes.size(); ++i) {
    const std::size_t number = next.number_of(i);
    while (pacers.size() <= number) pacers.emplace_back();
    contexts->routes.push_back({.budget = &budget,
                                .tally = &recorder.route(number),
                                .pacer = &pacers[number],
                                .settings = &next.settings->routes[i].tunnel});
  }
  next.contexts = std::move(contexts);
  silent.limit(most_silent(*next.settings));
  revision = std::make_shared<const session::revision>(std::move(next));
}

std::uint64_t worker_context::next_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace lastframe::session
