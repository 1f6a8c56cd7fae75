#include "proxy/server/proxy.hpp"

#include <utility>

#include <sys/resource.h>
#include <unistd.h>

namespace lastframe::server {

std::size_t closing_places_of(const config::settings& settings, std::size_t connections) {
  // Standard streams, telemetry and who asks it, lookups; each worker's loop and listening sockets.
  const std::size_t own = 64 + settings.workers * (8 + settings.listeners.size());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return settings.limits.closing;
  return session::closing_places(settings.limits.closing, connections, own, limit.rlim_cur);
}

proxy::proxy(std::shared_ptr<const config::settings> settings, std::vector<net::inherited_listener> inherited)
    : settings_(std::move(settings)),
      access_output_(STDOUT_FILENO),
      log_output_(STDERR_FILENO),
      access_(access_output_, log_format_of(settings_->log), access_filter_of(settings_->log)),
      log_(log_output_, log_format_of(settings_->log), log_level_of(settings_->log)),
      certificates_(settings_),
      connections_(settings_->limits.connections,
                   closing_places_of(*settings_, settings_->limits.connections)),
      listeners_(workers_, log_, std::move(inherited)) {
  numbering numbered = number_names(*settings_);
  names_ = std::make_shared<const telemetry::catalogue>(std::move(numbered.names));
  numbers_ = std::move(numbered.routes);
  labels_ = std::make_shared<telemetry::code_labels>(*names_);
  reloads_.started(certificates_.expiries(), std::chrono::system_clock::now());
  warn_of_insecure();
  const shared_services shared{access_, log_, connections_};
  for (std::size_t i = 0; i < settings_->workers; ++i) {
    workers_.push_back(std::make_unique<worker>(shared, revision(), labels_));
  }
  listeners_.serve(listeners_.prepare(*settings_));
  serve_telemetry();
  for (const auto& each : workers_) each->start();
  status_ = telemetry::phase::serving;
}

void proxy::warn_of_insecure() {
  for (const config::route& each : settings_->routes) {
    if (!each.upstream.tls || !each.upstream.tls->insecure) continue;
    log_.warning(
        "upstream's certificate is not checked: whoever is in between can read and change everything",
        {{"route", each.name}});
  }
}

session::revision proxy::revision() const {
  return {settings_, certificates_.current(), names_, numbers_};
}

void proxy::serve_telemetry() {
  std::vector<const telemetry::recorder*> counts;
  std::vector<telemetry::ask_worker> asked;
  for (const auto& each : workers_) {
    counts.push_back(&each->counts());
    asked.emplace_back([&owner = *each](auto look) { owner.ask(std::move(look)); });
  }
  exporter_ =
      std::make_unique<telemetry::exporter>(*names_, std::move(counts), status_, reloads_, LASTFRAME_VERSION);
  telemetry::server_options options;
  options.host = settings_->telemetry.where.host;
  options.port = settings_->telemetry.where.port;
  options.details = details_of(settings_->telemetry);
  telemetry_ = std::make_unique<telemetry::server>(options, *exporter_, status_, std::move(asked));
  log_.info("telemetry listening", {{"address", options.host + ":" + std::to_string(telemetry_->port())}});
}

}  // namespace lastframe::server
