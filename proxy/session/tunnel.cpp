#include "proxy/session/tunnel.hpp"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include "proxy/session/record.hpp"
#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

using std::chrono::milliseconds;

namespace {

constexpr std::array both{leg::client, leg::upstream};

constexpr unsigned slot_of(leg which) noexcept {
  return static_cast<unsigned>(which);
}

constexpr net::tail tail_of(std::uint32_t events) noexcept {
  const std::uint32_t ending = events & net::ending_events;
  if (ending == 0) return net::tail::nothing;
  return ending == EPOLLRDHUP ? net::tail::fin : net::tail::unknown;
}

protocol::tunnel_secrets secrets(worker_context& worker) {
  return {.client_ping = worker.random(), .upstream_ping = worker.random(), .masks = worker.random()};
}

}  // namespace

tunnel::tunnel(worker_context& worker, shared_context route, tunnel_info info, admission::ticket place,
               net::stream client, net::stream upstream, const protocol::framing& rules)
    : worker_(worker),
      context_(std::move(route)),
      info_(std::move(info)),
      place_(std::move(place)),
      driver_(std::move(client), std::move(upstream), *context_, rules, secrets(worker), worker.loop.now()) {
  context_->tally->tunnels.add();
}

tunnel::tunnel(worker_context& worker, shared_context route, tunnel_info info, admission::ticket place,
               net::stream client, const protocol::farewell& why)
    : worker_(worker),
      context_(std::move(route)),
      info_(std::move(info)),
      place_(std::move(place)),
      driver_(std::move(client), net::stream(), *context_, why, secrets(worker), worker.loop.now()) {}

tunnel::~tunnel() {
  for (const leg which : both) forget(which);
}

void tunnel::forget(leg which) noexcept {
  auto& [descriptor, interest] = watched_[slot_of(which)];
  if (descriptor < 0) return;
  net::poller& sockets = worker_.loop.sockets();
  driver_.stream(which).is_open() ? sockets.remove(descriptor) : sockets.forget(descriptor);
  descriptor = -1;
}

void tunnel::take_over(leg which, net::readiness::place place) {
  if (place.interest == 0) return;
  const unsigned slot = slot_of(which);
  const int descriptor = driver_.stream(which).descriptor();
  worker_.loop.sockets().hand_over(descriptor, *this, slot);
  watched_[slot] = {descriptor, place.interest};
  if (place.came != 0) worker_.loop.sockets().again(descriptor, place.came);
}

void tunnel::start(handle self, std::string_view from_client, std::string_view from_upstream) {
  self_ = self;
  step([&](time_point now) {
    feed(leg::client, from_client, now);
    feed(leg::upstream, from_upstream, now);
    // Behind what was received already, or the client's Close would take its place.
    if (worker_.draining) drain_at_random(*worker_.draining, now);
    driver_.carry_out(now);
  });
}

// Through the worker's buffer, since the machine writes to what it reads, and a little before it.
void tunnel::feed(leg from, std::string_view bytes, time_point now) {
  while (!bytes.empty()) {
    const mutable_bytes buffer = worker_.read_buffer();
    const std::size_t size = std::min(bytes.size(), buffer.size());
    std::ranges::copy(std::as_bytes(std::span(bytes.substr(0, size))), buffer.begin());
    driver_.feed(from, buffer.first(size), now);
    bytes.remove_prefix(size);
  }
}

void tunnel::drain(const drain_plan& plan) {
  step([&](time_point now) {
    drain_at_random(plan, now);
    driver_.carry_out(now);
  });
}

void tunnel::drain_at_random(const drain_plan& plan, time_point now) {
  const auto spread = static_cast<std::uint64_t>((plan.end - plan.begin).count());
  const auto moment = plan.begin + std::chrono::nanoseconds(worker_.random() % (spread + 1));
  const auto latest = plan.deadline - context_->settings->close_timeout;
  driver_.machine().drain(plan.code, moment, std::max(latest, plan.begin), now);
}

void tunnel::abort() {
  step([&](time_point now) {
    // What lies there is read, and what was acknowledged is seen: a leg is reset only if its Close was not.
    driver_.look({worker_.read_buffer(), worker_.pipes}, now);
    driver_.machine().abort(now);
    driver_.carry_out(now);
  });
}

void tunnel::on_ready(unsigned slot, std::uint32_t events) {
  const leg which = both[slot];
  const bool to_read = (events & ~std::uint32_t{EPOLLOUT}) != 0 || driver_.stream(which).read_wants_write();
  const bool to_write = (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 && driver_.blocked(which);
  if (!to_read && !to_write) return;
  step([&](time_point now) {
    if (to_write) driver_.writable(which, now);
    if (to_read) driver_.readable(which, {worker_.read_buffer(), worker_.pipes}, now, tail_of(events));
  });
}

void tunnel::on_time(time_point) {
  step([&](time_point now) { driver_.time_passed({worker_.read_buffer(), worker_.pipes}, now); });
}

// A fault in a step is the proxy's own: the tunnel ends with 1011, the others go on.
template <class Step>
void tunnel::step(Step&& todo) {
  const time_point now = worker_.loop.now();
  try {
    todo(now);
    after_step(now);
  } catch (const std::exception& fault) {
    note_fault(fault, now);
  }
}

void tunnel::note_fault(const std::exception& fault, time_point now) noexcept {
  worker_.log.error("a tunnel failed by a fault of the proxy's own",
                    {{"tunnel", info_.id()}, {"what", fault.what()}});
  try {
    driver_.machine().fail(now);
    driver_.carry_out(now);
    return after_step(now);
  } catch (const std::system_error&) {
    // A socket that cannot be watched is looked at when the timer comes, and its Close is delivered all the
    // same.
    if (is_linked()) return;
  } catch (const std::exception& again) {
    // The machine itself is not as it should be: what is queued may name memory that others use by now.
    worker_.log.error("a tunnel could not be closed in order",
                      {{"tunnel", info_.id()}, {"what", again.what()}});
  }
  try {
    driver_.machine().abort(now);
    driver_.carry_out(now);
  } catch (const std::exception& again) {
    // Its sockets close with it, at least.
    worker_.log.error("a tunnel could not be cut in order", {{"tunnel", info_.id()}, {"what", again.what()}});
  }
  end();
}

void tunnel::after_step(time_point now) {
  const bool rests = driver_.at_rest();
  if (!rests && driver_.machine().finished()) return end();
  if (driver_.machine().rearm() || !is_linked()) {
    const time_point due = std::max(driver_.machine().deadline(), now + milliseconds(1));
    // Of a tunnel that ends, a deadline too early costs less than each step's change of it: few live to see
    // it.
    const bool keeps = driver_.machine().is_ending() && is_linked() && due >= timer_entry::due();
    if (!keeps) worker_.loop.times().arm(*this, due);
  }
  if (rests && is_watched()) return;
  for (const leg which : both) watch(which);
}

void tunnel::watch(leg which) {
  const net::stream& stream = driver_.stream(which);
  if (!stream.is_open()) return forget(which);
  const unsigned slot = slot_of(which);
  auto& [descriptor, interest] = watched_[slot];
  net::poller& sockets = worker_.loop.sockets();
  // For room only from the first time on that there was none: a unix socket would tell of it at each message.
  const bool lacks_room = driver_.blocked(which) || stream.read_wants_write();
  const std::uint32_t wanted = EPOLLIN | (lacks_room ? std::uint32_t{EPOLLOUT} : 0U);
  if (descriptor < 0) {
    sockets.add(stream.descriptor(), wanted, *this, slot);
    descriptor = stream.descriptor();
    interest = wanted;
  } else if ((wanted & ~interest) != 0) {
    sockets.change(descriptor, wanted);
    interest = wanted;
  }
  if (driver_.unread(which)) sockets.again(descriptor, EPOLLIN);
}

void tunnel::end() noexcept {
  if (info_.reached_upstream()) context_->tally->tunnels.subtract();
  try {
    record(worker_, info_, driver_.machine());
  } catch (const std::exception& fault) {
    worker_.log.error("a close was not recorded in full", {{"tunnel", info_.id()}, {"what", fault.what()}});
  }
  worker_.tunnels.erase(self_);
}

}  // namespace lastframe::session
