#include "proxy/server/certificates.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "proxy/net/tls_files.hpp"

namespace lastframe::server {

namespace {

using telemetry::leg;

/// Makes a listener's or a route's context; the former stays where that fails.
template <class Context, class Make>
void renew(std::shared_ptr<const Context>& at, std::vector<std::string>& faults, const Make& make) {
  try {
    at = make();
  } catch (const net::tls_error& error) {
    faults.emplace_back(error.what());
  }
}

std::vector<std::string> read_all(const config::settings& settings,
                                  const std::shared_ptr<net::ticket_keys>& tickets,
                                  session::tls_setup& into) {
  std::vector<std::string> faults;
  into.listeners.resize(settings.listeners.size());
  into.routes.resize(settings.routes.size());
  for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
    const auto& tls = settings.listeners[i].tls;
    if (tls.empty()) continue;
    renew(into.listeners[i], faults, [&] { return std::make_shared<net::tls_server>(tls, tickets); });
  }
  for (std::size_t i = 0; i < settings.routes.size(); ++i) {
    const auto& tls = settings.routes[i].upstream.tls;
    if (!tls) continue;
    renew(into.routes[i], faults, [&] { return std::make_shared<net::tls_client>(*tls); });
  }
  return faults;
}

// Of what they hold: their times say nothing when a folder is swapped for another.
std::vector<std::size_t> prints_of(const std::vector<std::string>& files) {
  std::vector<std::size_t> prints;
  for (const std::string& each : files) prints.push_back(std::hash<std::string>()(net::contents_of(each)));
  return prints;
}

}  // namespace

std::vector<std::string> files_of(const config::settings& settings) {
  std::vector<std::string> files;
  const auto add = [&](const std::string& path) {
    if (!path.empty() && std::ranges::find(files, path) == files.end()) files.push_back(path);
  };
  for (const config::listener& listener : settings.listeners) {
    for (const net::tls_server_settings& each : listener.tls) {
      add(each.identity.certificate);
      add(each.identity.key);
      add(each.client_ca);
    }
  }
  for (const config::route& route : settings.routes) {
    if (!route.upstream.tls) continue;
    add(route.upstream.tls->ca);
    if (!route.upstream.tls->identity) continue;
    add(route.upstream.tls->identity->certificate);
    add(route.upstream.tls->identity->key);
  }
  return files;
}

certificates::certificates(std::shared_ptr<const config::settings> settings,
                           std::shared_ptr<net::ticket_keys> tickets, std::vector<std::string>& faults)
    : settings_(std::move(settings)),
      tickets_(std::move(tickets)),
      files_(files_of(*settings_)),
      prints_(prints_of(files_)) {
  session::tls_setup first;
  faults = read_all(*settings_, tickets_, first);
  current_ = std::make_shared<const session::tls_setup>(std::move(first));
}

certificates::certificates(std::shared_ptr<const config::settings> settings, const certificates& before,
                           std::vector<std::string>& faults)
    : certificates(std::move(settings), before.tickets_, faults) {}

certificates certificates::read(std::shared_ptr<const config::settings> settings) {
  std::vector<std::string> faults;
  certificates made(std::move(settings), std::make_shared<net::ticket_keys>(), faults);
  if (!faults.empty()) throw net::tls_error(faults.front());
  return made;
}

std::vector<telemetry::certificate_expiry> certificates::expiries() const {
  std::vector<telemetry::certificate_expiry> all;
  const auto add = [&](leg side, const auto& context) {
    if (!context) return;
    for (const net::certificate_info& each : context->certificates()) {
      const bool known = std::ranges::any_of(
          all, [&](const auto& other) { return other.side == side && other.path == each.path; });
      if (!known) all.push_back({side, each.path, each.expires});
    }
  };
  for (const auto& each : current_->listeners) add(leg::client, each);
  for (const auto& each : current_->routes) add(leg::upstream, each);
  return all;
}

std::optional<std::vector<std::string>> certificates::reload() {
  auto prints = prints_of(files_);
  if (prints == prints_) return std::nullopt;
  prints_ = std::move(prints);
  session::tls_setup next = *current_;
  auto faults = read_all(*settings_, tickets_, next);
  current_ = std::make_shared<const session::tls_setup>(std::move(next));
  return faults;
}

std::vector<std::string> faults_of_files(const config::settings& settings) {
  session::tls_setup unused;
  return read_all(settings, std::make_shared<net::ticket_keys>(), unused);
}

}  // namespace lastframe::server
