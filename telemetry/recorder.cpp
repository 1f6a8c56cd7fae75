#include "telemetry/recorder.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <utility>

namespace lastframe::telemetry {

namespace {

using cause_counters = std::array<counter, cause_count>;

/// On cache lines that no other worker writes to.
struct alignas(64) own_tally : route_tally {};

struct route_counters {
  route_tally* tally;
  std::vector<cause_counters*> failures;  ///< by endpoint
};

/// Where the counters of each route are. Immutable: a reader keeps what it has found.
using route_table = std::vector<route_counters>;

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
    route_table next = tables.empty() ? route_table() : tables.back();
    bool grown = tables.empty();
    for (std::size_t i = 0; i < names.routes.size(); ++i) {
      if (i == next.size()) next.push_back({&tallies.emplace_back(), {}});
      std::vector<cause_counters*>& failures_of = next[i].failures;
      grown = grown || i >= tables.back().size() || failures_of.size() < names.endpoints[i].size();
      while (failures_of.size() < names.endpoints[i].size()) failures_of.push_back(&failures.emplace_back());
    }
    if (grown) table.store(&tables.emplace_back(std::move(next)), std::memory_order_release);
  }

  [[nodiscard]] const route_counters* find(std::size_t route) const noexcept {
    const route_table& known = *table.load(std::memory_order_acquire);
    return route < known.size() ? &known[route] : nullptr;
  }

  [[nodiscard]] counter* failure(std::size_t route, std::size_t endpoint, cause why) const noexcept {
    const route_counters* const found = find(route);
    if (found == nullptr || endpoint >= found->failures.size()) return nullptr;
    return &(*found->failures[endpoint])[static_cast<std::size_t>(why)];
  }

  void count(const tunnel_summary& tunnel, leg side, const std::optional<leg_ending>& ending) {
    if (!ending) return;
    const std::size_t route = find(tunnel.route) != nullptr ? tunnel.route : no_route;
    const close_key key{route, side, labels->label(*ending), tunnel.ending.by, tunnel.ending.why};
    counts.add(key);
    recent.count(tunnel.time, key);
  }

  // Written by who grows; the last table is the one in force, the others are kept for who reads them still.
  std::deque<own_tally> tallies;
  std::deque<cause_counters> failures;
  std::deque<route_table> tables;
  std::atomic<const route_table*> table{nullptr};

  own_tally none;
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
  const route_counters* const found = impl_->find(route);
  return found != nullptr ? *found->tally : impl_->none;
}

const route_tally& recorder::route(std::size_t route) const noexcept {
  const route_counters* const found = impl_->find(route);
  return found != nullptr ? *found->tally : impl_->none;
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
