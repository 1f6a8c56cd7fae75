#include "proxy/session/worker_context.hpp"

#include <algorithm>
#include <atomic>

namespace lastframe::session {

worker_context::worker_context(net::event_loop& with, std::shared_ptr<const config::settings> loaded,
                               std::shared_ptr<const tls_setup> certificates, telemetry::recorder& counts,
                               telemetry::access_log& tunnel_log, telemetry::logger& general_log,
                               admission& places, protocol::buffer_budget& room)
    : loop(with),
      settings(std::move(loaded)),
      tls(std::move(certificates)),
      recorder(counts),
      access(tunnel_log),
      log(general_log),
      connections(places),
      names(with),
      budget(room),
      pacers(settings->routes.size()),
      silent(std::max<std::size_t>(16, settings->limits.connections / 2 / settings->workers)),
      contexts_(make_contexts()),
      buffer_(protocol::max_header_size + read_size) {}

std::shared_ptr<const worker_context::contexts> worker_context::make_contexts() {
  auto made = std::make_shared<contexts>();
  made->settings = settings;
  for (std::size_t i = 0; i < settings->routes.size(); ++i) {
    made->routes.push_back({.budget = &budget,
                            .tally = &recorder.route(i),
                            .pacer = &pacers[i],
                            .settings = &settings->routes[i].tunnel});
  }
  return made;
}

std::uint64_t worker_context::next_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace lastframe::session
