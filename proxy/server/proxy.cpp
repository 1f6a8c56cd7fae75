#include "proxy/server/proxy.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "proxy/server/catalogue.hpp"

namespace lastframe::server {

namespace {

/// Places for those who are only told that there is none: of the descriptors that clients and upstreams
/// leave.
std::size_t closing_places_of(const config::settings& settings) {
  // Standard streams, telemetry and who asks it, lookups; each worker's loop and listening sockets.
  const std::size_t own = 64 + settings.workers * (8 + settings.listeners.size());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return settings.limits.closing;
  return session::closing_places(settings.limits.closing, settings.limits.connections, own, limit.rlim_cur);
}

}  // namespace

proxy::proxy(std::shared_ptr<const config::settings> settings, std::vector<net::inherited_listener> inherited)
    : settings_(std::move(settings)),
      access_output_(STDOUT_FILENO),
      log_output_(STDERR_FILENO),
      names_(make_catalogue(*settings_)),
      access_(access_output_, log_format_of(settings_->log), access_filter_of(settings_->log), names_),
      log_(log_output_, log_format_of(settings_->log), log_level_of(settings_->log)),
      certificates_(settings_),
      connections_(settings_->limits.connections, closing_places_of(*settings_)),
      inherited_(std::move(inherited)) {
  const shared_services shared{settings_, certificates_.current(), access_, log_, connections_};
  reloads_.started(certificates_.expiries(), std::chrono::system_clock::now());
  warn_of_insecure();
  const auto labels = std::make_shared<telemetry::code_labels>(names_);
  for (std::size_t i = 0; i < settings_->workers; ++i) {
    workers_.push_back(std::make_unique<worker>(shared, names_, labels));
  }
  listen();
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

void proxy::reload_files() {
  const auto faults = certificates_.reload();
  if (!faults) return;
  for (const auto& each : workers_) each->use(certificates_.current());
  reloads_.reloaded(faults->empty(), certificates_.expiries(), std::chrono::system_clock::now());
  for (const std::string& each : *faults) {
    log_.error("a changed TLS file is not used: new connections get what was before", {{"what", each}});
  }
  if (faults->empty()) log_.info("TLS files were read again", {{"files", certificates_.files().size()}});
}

void proxy::listen() {
  // All are looked at before any is opened: those of the configuration may overlap.
  std::vector<std::vector<net::tcp_endpoint>> found;
  for (const config::listener& each : settings_->listeners) {
    auto& where = found.emplace_back();
    if (const auto* tcp = std::get_if<config::host_port>(&each.where.where))
      where = net::resolve_listener(tcp->host, tcp->port);
    for (const net::tcp_endpoint& at : where) {
      if (inherited_at(at) != inherited_.end() || !net::is_served(at)) continue;
      log_.warning("another process listens here too: the kernel gives each a part of the connections",
                   {{"address", net::to_string(at)}});
    }
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto* path = std::get_if<config::unix_path>(&settings_->listeners[i].where.where);
    if (path != nullptr) {
      listen_at(i, path->path);
    } else {
      listen_at(i, std::move(found[i]));
    }
  }
  refuse_what_is_left();
  for (const std::string& each : addresses_)
    log_.info("listening", {{"address", each}, {"workers", workers_.size()}});
}

// Who connects there would wait for ever.
void proxy::refuse_what_is_left() const {
  if (inherited_.empty()) return;
  throw std::runtime_error("the service manager passed on a socket at " +
                           net::to_string(inherited_.front().where) +
                           ", which no listener of the configuration has: make the two agree");
}

std::vector<net::inherited_listener>::iterator proxy::inherited_at(const net::endpoint& where) {
  return std::ranges::find_if(
      inherited_, [&](const net::inherited_listener& each) { return net::covers(each.where, where); });
}

bool proxy::listen_inherited(std::size_t listener, const net::endpoint& where) {
  const auto found = inherited_at(where);
  if (found == inherited_.end()) return false;
  addresses_.push_back(net::to_string(found->where));
  share(listener, net::adopt(workers_.front()->io(), found->descriptor, found->where), true);
  inherited_.erase(found);
  return true;
}

void proxy::listen_at(std::size_t listener, const std::string& path) {
  if (listen_inherited(listener, net::unix_endpoint(path))) return;
  share(listener, net::listen_unix(workers_.front()->io(), path), false);
  addresses_.push_back("unix:" + path);
}

/// Each worker accepts from the same socket.
void proxy::share(std::size_t listener, net::acceptor listening, bool inherited) {
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    workers_[i]->listening().push_back({net::duplicate(workers_[i]->io(), listening), listener, inherited});
  }
  workers_.front()->listening().push_back({std::move(listening), listener, inherited});
}

void proxy::listen_at(std::size_t listener, std::vector<net::tcp_endpoint> where) {
  std::erase_if(where, [&](const net::tcp_endpoint& at) { return listen_inherited(listener, at); });
  if (where.empty()) return;
  for (const auto& each : workers_) {
    for (net::acceptor& opened : net::listen_tcp_all(each->io(), where))
      each->listening().push_back({std::move(opened), listener});
  }
  for (const net::tcp_endpoint& each : where) addresses_.push_back(net::to_string(each));
}

void proxy::serve_telemetry() {
  std::vector<const telemetry::recorder*> counts;
  std::vector<telemetry::ask_worker> asked;
  for (const auto& each : workers_) {
    counts.push_back(&each->counts());
    asked.emplace_back([&owner = *each](auto look) { owner.ask(std::move(look)); });
  }
  exporter_ =
      std::make_unique<telemetry::exporter>(names_, std::move(counts), status_, reloads_, LASTFRAME_VERSION);
  const telemetry::server_options options = server_options_of(settings_->telemetry);
  telemetry_ = std::make_unique<telemetry::server>(options, *exporter_, status_, names_, std::move(asked));
  log_.info("telemetry listening", {{"address", options.host + ":" + std::to_string(telemetry_->port())}});
}

}  // namespace lastframe::server
