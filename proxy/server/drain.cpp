// The end of a proxy's life: asked, awaited, then forced (DESIGN §4, §8).
#include <algorithm>
#include <chrono>
#include <string>

#include <boost/asio/this_coro.hpp>

#include "proxy/server/proxy.hpp"

namespace lastframe::server {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds glance{10};
// A worker that takes longer for what it is doing hangs.
constexpr milliseconds longest_step{4'000};

}  // namespace

bool proxy::idle() const noexcept {
  // Nobody holds a place while still in a backlog.
  return connections_.held() == 0 &&
         std::none_of(workers_.begin(), workers_.end(), [](const auto& each) { return each->accepting(); });
}

net::task<void> proxy::await(std::function<bool()> reached, net::time_point until) {
  net::timer pause(co_await asio::this_coro::executor);
  while (!reached() && steady_clock::now() < until) {
    pause.expires_after(glance);
    co_await pause.async_wait(net::as_result);
  }
}

net::task<void> proxy::drain() {
  const config::drain& how = settings_->drain;
  const auto asked = steady_clock::now();
  const auto begin = asked + how.delay;
  const session::drain_plan plan{how.code, begin, begin + how.spread, asked + how.deadline};
  status_ = telemetry::phase::draining;
  log_.info("draining", {{"connections", connections_.held()}, {"deadline_ms", how.deadline.count()}});

  const std::function<bool()> never = [] { return false; };
  co_await await(never, std::min(plan.begin, plan.deadline));
  for (const auto& each : workers_) each->drain(plan);
  const std::function<bool()> empty = [this] { return idle(); };
  co_await await(empty, plan.deadline);
  if (!idle()) {
    for (const auto& each : workers_) each->abort();
    const std::function<bool()> stopped = [this] {
      return std::all_of(workers_.begin(), workers_.end(), [](const auto& each) { return each->stopped(); });
    };
    co_await await(stopped, steady_clock::now() + longest_step);
  }
  const auto last_close = steady_clock::now();
  const std::function<bool()> seen = [this, last_close] { return telemetry_->last_scrape() >= last_close; };
  if (telemetry_->scraped()) co_await await(seen, plan.deadline);
  log_summary();
}

void proxy::log_summary() {
  std::vector<const telemetry::recorder*> counts;
  for (const auto& each : workers_) counts.push_back(&each->counts());
  for (const auto& [key, count] : telemetry::sum_closes(counts)) {
    log_.info("closes", {{"route", names_->route_name(key.route)},
                         {"leg", telemetry::to_string(key.side)},
                         {"code", key.code},
                         {"initiator", telemetry::to_string(key.by)},
                         {"cause", telemetry::to_string(key.why)},
                         {"count", count}});
  }
  log_.info("drained", {{"connections", connections_.held()}});
}

}  // namespace lastframe::server
