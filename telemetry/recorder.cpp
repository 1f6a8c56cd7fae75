#include "telemetry/recorder.hpp"

#include <array>
#include <utility>

#include "telemetry/growing.hpp"

namespace lastframe::telemetry {

namespace {

using cause_counters = std::array<counter, cause_count>;

/// On cache lines that no other worker writes to.
struct alignas(64) route_counters {
  route_tally tally;
  growing<cause_counters> failures;  ///< by endpoint
};

/// A TLS handshake that failed never made a tunnel.
bool opened(const std::optional<leg_ending>& ending) {
  return ending && ending->code != 1015;
}

}  // namespace

struct recorder::impl {
  impl(const catalogue& names, std::shared_ptr<code_labels> shared_labels)
      : labels(std::move(shared_labels)) {
    grow(names);
  }

  void grow(const catalogue& names) {
    routes.grow(names.routes.size());
    for (std::size_t i = 0; i < names.routes.size(); ++i) routes[i].failures.grow(names.endpoints[i].size());
  }

  [[nodiscard]] route_counters* find(std::size_t route) const noexcept {
    return route < routes.size() ? &routes[route] : nullptr;
  }

  [[nodiscard]] counter* failure(std::size_t route, std::size_t endpoint, cause why) const noexcept {
    const route_counters* const found = find(route);
    if (found == nullptr || endpoint >= found->failures.size()) return nullptr;
    return &found->failures[endpoint][static_cast<std::size_t>(why)];
  }

  void count(const tunnel_summary& tunnel, leg side, const std::optional<leg_ending>& ending) {
    if (!ending) return;
    const std::size_t route = find(tunnel.route) != nullptr ? tunnel.route : no_route;
    const close_key key{route, side, labels->label(*ending), tunnel.ending.by, tunnel.ending.why};
    counts.add(key);
    recent.count(tunnel.time, key);
  }

  growing<route_counters> routes;
  route_counters none;
  std::shared_ptr<code_labels> labels;
  close_counts counts;
  recent_closes recent;
};

recorder::recorder(const catalogue& names, std::shared_ptr<code_labels> labels)
    : impl_(std::make_unique<impl>(names, std::move(labels))) {}

recorder::~recorder() = default;

void recorder::grow(const catalogue& names) {
  impl_->grow(names);
}

route_tally& recorder::route(std::size_t route) noexcept {
  route_counters* const found = impl_->find(route);
  return found != nullptr ? found->tally : impl_->none.tally;
}

const route_tally& recorder::route(std::size_t route) const noexcept {
  const route_counters* const found = impl_->find(route);
  return found != nullptr ? found->tally : impl_->none.tally;
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
