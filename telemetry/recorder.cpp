#include "telemetry/recorder.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lastframe::telemetry {

namespace {

using cause_counters = std::array<counter, cause_count>;

/// On cache lines that no other worker writes to.
struct alignas(64) route_counters {
  explicit route_counters(std::size_t endpoints) : failures(endpoints) {}

  route_tally tally;
  std::vector<cause_counters> failures;  ///< by endpoint
};

/// A TLS handshake that failed never made a tunnel.
bool opened(const std::optional<leg_ending>& ending) {
  return ending && ending->code != 1015;
}

}  // namespace

struct recorder::impl {
  impl(const catalogue& names, std::shared_ptr<code_labels> shared_labels)
      : labels(std::move(shared_labels)) {
    for (std::size_t i = 0; i <= names.routes.size(); ++i) {
      const std::size_t endpoints = i < names.endpoints.size() ? names.endpoints[i].size() : 0;
      routes.push_back(std::make_unique<route_counters>(endpoints));
    }
  }

  [[nodiscard]] std::size_t none() const { return routes.size() - 1; }

  [[nodiscard]] counter* failure(std::size_t route, std::size_t endpoint, cause why) const {
    if (route >= routes.size() || endpoint >= routes[route]->failures.size()) return nullptr;
    return &routes[route]->failures[endpoint].at(static_cast<std::size_t>(why));
  }

  void count(const tunnel_summary& tunnel, leg side, const std::optional<leg_ending>& ending) {
    if (!ending) return;
    const close_code label = labels->label(*ending);
    const close_key key{std::min(tunnel.route, none()), side, label, tunnel.ending.by, tunnel.ending.why};
    counts.add(key);
    recent.count(tunnel.time, key);
  }

  std::vector<std::unique_ptr<route_counters>> routes;  ///< the last is `none`
  std::shared_ptr<code_labels> labels;
  close_counts counts;
  recent_closes recent;
};

recorder::recorder(const catalogue& names, std::shared_ptr<code_labels> labels)
    : impl_(std::make_unique<impl>(names, std::move(labels))) {}

recorder::~recorder() = default;

route_tally& recorder::route(std::size_t route) noexcept {
  return impl_->routes[std::min(route, impl_->none())]->tally;
}

const route_tally& recorder::route(std::size_t route) const noexcept {
  return impl_->routes[std::min(route, impl_->none())]->tally;
}

void recorder::closed(const tunnel_summary& tunnel) {
  const close_record& ending = tunnel.ending;
  impl_->count(tunnel, leg::client, ending.client);
  impl_->count(tunnel, leg::upstream, ending.upstream);
  if (opened(ending.client) && opened(ending.upstream)) {
    route(tunnel.route).tunnel_duration.observe(tunnel.duration);
  }
  impl_->recent.keep(tunnel);
}

void recorder::upstream_failed(std::size_t route, std::size_t endpoint, cause why) noexcept {
  if (counter* const failures = impl_->failure(route, endpoint, why)) failures->add();
}

const close_counts& recorder::closes() const noexcept {
  return impl_->counts;
}

std::uint64_t recorder::upstream_failures(std::size_t route, std::size_t endpoint, cause why) const noexcept {
  const counter* const failures = impl_->failure(route, endpoint, why);
  return failures == nullptr ? 0 : failures->get();
}

std::vector<tunnel_summary> recorder::recent(std::size_t n, const close_filter& wanted) const {
  return impl_->recent.last(n, wanted);
}

std::vector<close_window> recorder::windows(std::chrono::system_clock::time_point now,
                                            const series_filter& wanted) const {
  return impl_->recent.windows(now, wanted);
}

}  // namespace lastframe::telemetry
