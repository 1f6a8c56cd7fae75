#include "telemetry/exporter.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <map>

#include "telemetry/close_code.hpp"
#include "telemetry/metric_info.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/route_families.hpp"
#include "telemetry/text_format.hpp"

namespace lastframe::telemetry {

namespace {

using prometheus::MetricFamily;
using workers = std::vector<const recorder*>;
using sums = std::map<close_key, std::uint64_t>;

constexpr std::array legs{leg::client, leg::upstream};
constexpr std::array directions{direction::to_client, direction::to_upstream};
constexpr std::array results{upgrade_result::accepted, upgrade_result::refused,  upgrade_result::failed,
                             upgrade_result::overload, upgrade_result::rejected, upgrade_result::invalid,
                             upgrade_result::aborted};
/// What an upstream can fail from; these series stand at 0 from the start, and so does `tls` where it is TLS.
constexpr std::array upstream_failure_causes{
    cause::connect_failed, cause::connect_timeout, cause::handshake_timeout, cause::bad_response, cause::eof,
    cause::reset,          cause::protocol_error,  cause::ping_timeout,      cause::write_timeout};

template <class Enum>
constexpr std::size_t index(Enum value) {
  return static_cast<std::size_t>(value);
}

/// What `read` gives for each worker, summed.
template <class Read>
std::uint64_t total(const workers& all, Read read) {
  std::uint64_t sum = 0;
  for (const recorder* const worker : all) sum += read(*worker);
  return sum;
}

MetricFamily closes_family(const catalogue& names, const sums& closes) {
  MetricFamily family = empty_family("lastframe_closes_total");
  for (const auto& [key, count] : closes) {
    add_metric(family,
               {metric_label("route", names.route_name(key.route)), metric_label("leg", to_string(key.side)),
                metric_label("code", to_label(key.code)), metric_label("initiator", to_string(key.by)),
                metric_label("cause", to_string(key.why))},
               static_cast<double>(count));
  }
  return family;
}

/// Every label that closes_total can bear or bears has a name here, so that joining the two loses nothing.
MetricFamily code_info_family(const catalogue& names, const sums& closes) {
  std::map<close_code, std::string> code_names{{other_codes, "other"}};
  for (const close_code_info& info : close_code_table()) {
    if (!info.is_range()) code_names.emplace(info.first, info.name);
  }
  for (const auto& [code, name] : names.app_codes) code_names[code] = name;
  for (const auto& [key, count] : closes) {
    const close_code_info* const info = find_close_code(key.code);
    if (info != nullptr) code_names.emplace(key.code, info->name);
  }
  MetricFamily family = empty_family("lastframe_close_code_info");
  for (const auto& [code, name] : code_names) {
    add_metric(family, {metric_label("code", to_label(code)), metric_label("name", name)}, 1);
  }
  return family;
}

MetricFamily upstream_failures_family(const catalogue& names, const workers& all) {
  MetricFamily family = empty_family("lastframe_upstream_failures_total");
  for (std::size_t route = 0; route < names.endpoints.size(); ++route) {
    for (std::size_t endpoint = 0; endpoint < names.endpoints[route].size(); ++endpoint) {
      const bool gone = names.gone_endpoints.contains({route, endpoint});
      for (std::size_t i = 0; i < cause_count; ++i) {
        const auto why = static_cast<cause>(i);
        const std::uint64_t count =
            total(all, [&](const recorder& one) { return one.upstream_failures(route, endpoint, why); });
        const bool usual = std::find(upstream_failure_causes.begin(), upstream_failure_causes.end(), why) !=
                               upstream_failure_causes.end() ||
                           (why == cause::tls && names.tls_routes.contains(route));
        if (count == 0 && (gone || !usual)) continue;
        add_metric(family,
                   {metric_label("route", names.route_name(route)),
                    metric_label("endpoint", names.endpoints[route][endpoint]),
                    metric_label("cause", to_string(why))},
                   static_cast<double>(count));
      }
    }
  }
  return family;
}

MetricFamily tls_handshakes_family(const workers& all) {
  MetricFamily family = empty_family("lastframe_tls_handshakes_total");
  for (const leg side : legs) {
    for (const bool done : {true, false}) {
      const std::uint64_t count =
          total(all, [&](const recorder& one) { return one.tls_handshakes(side, done); });
      add_metric(family,
                 {metric_label("leg", to_string(side)), metric_label("result", done ? "done" : "failed")},
                 static_cast<double>(count));
    }
  }
  return family;
}

double unix_seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// What the configuration's files are worth: certificates, and the last reading of them.
void add_files(const reload_status::state& state, std::vector<MetricFamily>& out) {
  MetricFamily expiry = empty_family("lastframe_tls_certificate_expiry_timestamp_seconds");
  for (const certificate_expiry& each : state.certificates) {
    add_metric(expiry, {metric_label("leg", to_string(each.side)), metric_label("certificate", each.path)},
               unix_seconds(each.expires));
  }
  MetricFamily reloads = empty_family("lastframe_config_reloads_total");
  add_metric(reloads, {metric_label("result", "done")}, static_cast<double>(state.succeeded));
  add_metric(reloads, {metric_label("result", "failed")}, static_cast<double>(state.failed));
  MetricFamily successful = empty_family("lastframe_config_last_reload_successful");
  add_metric(successful, {}, state.up_to_date ? 1 : 0);
  MetricFamily timestamp = empty_family("lastframe_config_last_reload_timestamp_seconds");
  add_metric(timestamp, {}, unix_seconds(state.last_success));
  for (MetricFamily* const each : {&expiry, &reloads, &successful, &timestamp})
    out.push_back(std::move(*each));
}

/// Upgrades, and how long getting there took.
void add_handshakes(route_families& families) {
  families.numbers_by(
      "result", results, empty_family("lastframe_upgrades_total"),
      [](const route_tally& tally, upgrade_result result) { return tally.upgrades.at(index(result)).get(); },
      {upgrade_result::invalid, upgrade_result::overload});
  families.histograms(
      empty_family("lastframe_handshake_duration_seconds"),
      [](const route_tally& tally) -> const auto& { return tally.handshake_duration; });
  families.histograms(
      empty_family("lastframe_upstream_connect_duration_seconds"),
      [](const route_tally& tally) -> const auto& { return tally.connect_duration; });
}

/// Open tunnels, and what flows through them.
void add_tunnels(route_families& families) {
  families.numbers(empty_family("lastframe_tunnels"),
                   [](const route_tally& tally) { return tally.tunnels.get(); });
  families.histograms(
      empty_family("lastframe_tunnel_duration_seconds"),
      [](const route_tally& tally) -> const auto& { return tally.tunnel_duration; });
  families.numbers_by(
      "direction", directions, empty_family("lastframe_messages_total"),
      [](const route_tally& tally, direction way) { return tally.traffic.at(index(way)).messages.get(); });
  families.numbers_by(
      "direction", directions, empty_family("lastframe_frames_total"),
      [](const route_tally& tally, direction way) { return tally.traffic.at(index(way)).frames.get(); });
  families.numbers_by("direction", directions, empty_family("lastframe_payload_bytes_total"),
                      [](const route_tally& tally, direction way) {
                        return tally.traffic.at(index(way)).payload_bytes.get();
                      });
}

/// How well the legs do.
void add_legs(route_families& families) {
  families.numbers_by(
      "leg", legs, empty_family("lastframe_pings_total"),
      [](const route_tally& tally, leg side) { return tally.pings.at(index(side)).sent.get(); });
  families.histograms_by(
      "leg", legs, empty_family("lastframe_ping_rtt_seconds"),
      [](const route_tally& tally, leg side) -> const auto& { return tally.pings.at(index(side)).rtt; });
  families.numbers_by("leg", legs, empty_family("lastframe_backpressure_seconds_total"),
                      [](const route_tally& tally, leg side) {
                        return static_cast<double>(tally.backpressure_ns.at(index(side)).get()) / 1e9;
                      });
}

}  // namespace

exporter::exporter(catalogue names, std::vector<const recorder*> recorders, const status& state,
                   const reload_status& reloads, std::string version)
    : workers_(std::move(recorders)), state_(&state), reloads_(&reloads), version_(std::move(version)) {
  renew(std::move(names));
}

void exporter::renew(catalogue names) {
  auto next = std::make_shared<view>();
  const std::vector<close_key> more = known_closes(names);
  next->names = std::move(names);
  const std::lock_guard guard(lock_);
  std::set_union(view_->known.begin(), view_->known.end(), more.begin(), more.end(),
                 std::back_inserter(next->known));
  view_ = std::move(next);
}

std::shared_ptr<const exporter::view> exporter::now() const {
  const std::lock_guard guard(lock_);
  return view_;
}

std::shared_ptr<const catalogue> exporter::names() const {
  const auto shown = now();
  return {shown, &shown->names};
}

std::vector<MetricFamily> exporter::Collect() const {
  // Before the names: what is counted has one by then.
  sums closes;
  for (const auto& [key, count] : sum_closes(workers_)) closes.emplace(key, count);
  const auto shown = now();
  const catalogue& names = shown->names;
  for (const close_key& key : shown->known) closes.emplace(key, 0);

  std::vector<MetricFamily> out;
  out.push_back(closes_family(names, closes));
  out.push_back(code_info_family(names, closes));
  route_families families{names, workers_, out};
  add_tunnels(families);
  add_handshakes(families);
  add_legs(families);
  out.push_back(upstream_failures_family(names, workers_));
  out.push_back(tls_handshakes_family(workers_));
  add_files(reloads_->get(), out);

  MetricFamily draining = empty_family("lastframe_draining");
  add_metric(draining, {}, state_->load() == phase::draining ? 1 : 0);
  out.push_back(std::move(draining));
  MetricFamily forced = empty_family("lastframe_drain_forced_closes_total");
  const std::uint64_t cut = total(workers_, [](const recorder& one) { return one.drain_forced_closes(); });
  add_metric(forced, {}, static_cast<double>(cut));
  out.push_back(std::move(forced));
  MetricFamily build = empty_family("lastframe_build_info");
  add_metric(build, {metric_label("version", version_)}, 1);
  out.push_back(std::move(build));

  for (MetricFamily& family : process_metrics()) out.push_back(std::move(family));
  return out;
}

std::string exporter::text() const {
  return to_text(Collect());
}

std::vector<std::pair<close_key, std::uint64_t>> sum_closes(const std::vector<const recorder*>& all) {
  sums total;
  for (const recorder* const worker : all) {
    worker->closes().for_each([&](const close_key& key, std::uint64_t count) { total[key] += count; });
  }
  std::vector<std::pair<close_key, std::uint64_t>> sorted;
  for (const auto& [key, count] : total) {
    if (count != 0) sorted.emplace_back(key, count);
  }
  return sorted;
}

}  // namespace lastframe::telemetry
