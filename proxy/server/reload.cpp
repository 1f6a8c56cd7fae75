// What is read again while the proxy serves: all or nothing (DESIGN §7).
#include <algorithm>
#include <chrono>
#include <exception>
#include <future>
#include <utility>

#include "proxy/config/changes.hpp"
#include "proxy/server/proxy.hpp"

namespace lastframe::server {

namespace {

void log_changes(telemetry::logger& log, const std::vector<std::string>& changes) {
  constexpr std::size_t most = 200;
  for (std::size_t i = 0; i < std::min(changes.size(), most); ++i)
    log.info("configuration changed", {{"change", changes[i]}});
  if (changes.size() > most) log.info("configuration changed", {{"further_changes", changes.size() - most}});
}

std::vector<std::string> as_text(const std::vector<config::fault>& faults) {
  std::vector<std::string> lines;
  for (const config::fault& each : faults) lines.push_back(config::to_string(each));
  return lines;
}

}  // namespace

bool proxy::reload(const config::load_result& read) {
  const auto faults = read ? try_to_apply(read.loaded) : as_text(read.faults);
  refused_ = !faults.empty();
  reloads_.reloaded(!refused_, !refused_, certificates_.expiries(), std::chrono::system_clock::now());
  // Each with its text as the message: of alike messages only the first few are written.
  for (const std::string& each : faults) log_.error(each);
  if (refused_) log_.error("the configuration is not reloaded: nothing changes", {{"faults", faults.size()}});
  return !refused_;
}

/// What keeps it from being done, if anything does: then nothing has changed.
std::vector<std::string> proxy::try_to_apply(std::shared_ptr<const config::settings> next) {
  try {
    auto faults = config::changes_that_need_a_restart(*settings_, *next);
    for (std::string& each : faults) each += ": takes a restart";
    if (!faults.empty()) return faults;
    certificates files(next, certificates_, faults);
    if (!faults.empty()) return faults;
    listeners::plan sockets = listeners_.prepare(*next);
    apply(std::move(next), std::move(files), std::move(sockets));
    return {};
  } catch (const std::exception& error) {
    return {error.what()};
  }
}

void proxy::apply(std::shared_ptr<const config::settings> next, certificates files, listeners::plan sockets) {
  const auto changes = config::changes(*settings_, *next);
  numbering numbered = number_names(*next, *names_);
  // Telemetry knows each name before anything is counted under it.
  for (const auto& each : workers_) each->grow(numbered.names);
  labels_->name(numbered.names);
  exporter_->renew(numbered.names);
  telemetry_->show(details_of(next->telemetry));
  names_ = std::make_shared<const telemetry::catalogue>(std::move(numbered.names));
  numbers_ = std::move(numbered.routes);
  settings_ = std::move(next);
  certificates_ = std::move(files);

  const std::size_t most = std::max(settings_->limits.connections, connections_.held());
  connections_.limit(settings_->limits.connections, closing_places_of(*settings_, most));
  for (const auto& each : workers_) each->use(revision());
  listeners_.serve(std::move(sockets));
  await_workers();
  log_changes(log_, changes);
  access_.use(log_format_of(settings_->log), access_filter_of(settings_->log));
  log_.use(log_format_of(settings_->log), log_level_of(settings_->log));
  log_.info("configuration reloaded", {{"changes", changes.size()}});
  warn_of_insecure();
}

// Who is told that it is done may try at once. A worker that takes longer for what it is doing hangs.
void proxy::await_workers() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  std::vector<std::future<void>> all;
  for (const auto& each : workers_) all.push_back(each->caught_up());
  for (const auto& each : all) each.wait_until(until);
}

void proxy::reload_files() {
  const auto faults = certificates_.reload();
  if (!faults) return;
  for (const auto& each : workers_) each->use(revision());
  await_workers();
  const bool done = faults->empty();
  reloads_.reloaded(done, done && !refused_, certificates_.expiries(), std::chrono::system_clock::now());
  for (const std::string& each : *faults) {
    log_.error("a changed TLS file is not used: new connections get what was before", {{"what", each}});
  }
  if (done) log_.info("TLS files were read again", {{"files", certificates_.files().size()}});
}

}  // namespace lastframe::server
