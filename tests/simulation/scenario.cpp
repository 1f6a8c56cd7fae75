#include "tests/simulation/scenario.hpp"

#include <algorithm>

namespace lastframe::simulation {

namespace {

using protocol::milliseconds;
using telemetry::cause;

template <class T>
using list = std::initializer_list<T>;

template <class T>
T pick(random& r, list<T> values) {
  return values.begin()[r.below(values.size())];
}

std::optional<protocol::keepalive_settings> draw_keepalive(random& r) {
  if (r.percent(25)) return std::nullopt;
  return protocol::keepalive_settings{.interval = milliseconds(pick(r, list<int>{300, 1'000, 5'000, 20'000})),
                                      .timeout = milliseconds(pick(r, list<int>{500, 2'000, 5'000, 20'000}))};
}

protocol::tunnel_settings draw_tunnel(random& r) {
  protocol::tunnel_settings s;
  s.client_keepalive = draw_keepalive(r);
  s.upstream_keepalive = draw_keepalive(r);
  s.failure_code = r.one_in(4) ? 1011 : 1014;
  s.failure_delay = milliseconds(pick(r, list<int>{0, 500, 5'000}));
  if (r.one_in(3)) s.on_client_lost = static_cast<protocol::close_code>(r.one_in(2) ? 1001 : 4001);
  s.split = !r.one_in(4);
  if (r.one_in(8)) s.max_message = pick(r, list<std::uint64_t>{50, 1'000, 20'000, 100'000});
  if (r.one_in(8)) s.max_lifetime = milliseconds(r.between(1, 30'000));
  s.write_timeout = milliseconds(pick(r, list<int>{1'000, 5'000, 30'000, 120'000}));
  s.close_timeout = milliseconds(pick(r, list<int>{200, 1'000, 5'000}));
  return s;
}

void draw_settings(random& r, scenario& out) {
  const protocol::tunnel_settings& s = out.settings = draw_tunnel(r);
  reference::extension& x = out.agreed.extension;
  x = r.percent(70)   ? reference::extension::none
      : r.percent(75) ? reference::extension::deflate
                      : reference::extension::unknown;
  out.rules = {.deflate = x == reference::extension::deflate,
               .other_extension = x == reference::extension::unknown,
               .split = s.split};
  out.agreed.may_split = s.split && x != reference::extension::unknown;
  out.agreed.max_message = s.max_message;
  out.buffer_limit = r.percent(85) ? 256 << 20 : pick(r, list<std::uint64_t>{32 << 10, 100 << 10, 400 << 10});
}

link_style draw_link(random& r) {
  link_style s;
  s.delay = pick(r, list<sim_time>{0, 50, 50, 1 * millisecond, 20 * millisecond, 150 * millisecond});
  s.jitter = r.one_in(3) ? s.delay : 0;
  s.ack_delay = pick(r, list<sim_time>{0, 0, 1 * millisecond, 40 * millisecond, 200 * millisecond});
  s.send_buffer = pick(r, list<std::size_t>{300, 4'096, 64 << 10, 64 << 10, 256 << 10});
  for (std::size_t& size : s.receive_buffer)
    size = pick(r, list<std::size_t>{200, 4'096, 64 << 10, 64 << 10, 256 << 10});
  s.segment = pick(r, list<std::size_t>{3, 40, 1'460, 1'460, 64 << 10});
  s.short_writes = r.one_in(3);
  s.reset_discards = r.one_in(2);
  return s;
}

// Sizes grow rarer: most seeds are about order and ends, a few about pieces.
std::uint64_t draw_largest(random& r) {
  if (r.one_in(1'500)) return 7 << 20;
  if (r.one_in(120)) return 400 << 10;
  if (r.one_in(12)) return 60'000;
  return pick(r, list<std::uint64_t>{10, 60, 130, 200, 1'000});
}

finale draw_finale(random& r) {
  if (r.percent(35)) return finale::none;
  if (r.percent(30)) return pick(r, list<finale>{finale::close, finale::close, finale::close_empty});
  return static_cast<finale>(r.below(finale_count));
}

peer_plan draw_peer(random& r, reference::extension agreed) {
  peer_plan p;
  p.acts = static_cast<unsigned>(r.one_in(10) ? r.below(4) : 8 + r.below(40));
  p.pace = pick(r, list<sim_time>{5, 200, 1 * millisecond, 30 * millisecond, 400 * millisecond});
  p.pause = pick(r, list<sim_time>{0, 100 * millisecond, 3 * second, 25 * second});
  p.largest = draw_largest(r);
  if (p.largest > 100'000) p.acts = std::min(p.acts, 12U);
  if (r.one_in(6)) p.early = 1 + r.below(3);
  p.last = draw_finale(r);
  p.pongs = r.percent(70) ? pong_policy::all : r.percent(75) ? pong_policy::latest : pong_policy::none;
  p.answer = r.percent(60) ? close_answer::echo : static_cast<close_answer>(r.below(7));
  p.code = pick(r, list<unsigned>{1000, 1001, 1008, 1011, 1012, 3000, 4001, 4999});
  p.answer_delay = pick(r, list<sim_time>{0, 0, 1 * millisecond, 100 * millisecond, 2 * second});
  p.read_delay = pick(r, list<sim_time>{0, 0, 100, 5 * millisecond, 200 * millisecond});
  p.read_size = pick(r, list<std::size_t>{7, 500, 64 << 10, 64 << 10});
  p.patience = pick(r, list<sim_time>{1 * second, 3 * second, 10 * second, far_away});
  p.fragments = r.one_in(2);
  p.pings = r.one_in(2);
  p.compresses = agreed == reference::extension::deflate;
  return p;
}

// A megabyte through a window of 200 bytes would only be a long wait.
void fit_buffers(scenario& out) {
  const std::uint64_t largest = std::max(out.peers[client].largest, out.peers[upstream].largest);
  const std::size_t least = largest > 100'000 ? 64 << 10 : largest > 10'000 ? 4'096 : 0;
  for (link_style& link : out.links) {
    link.send_buffer = std::max(link.send_buffer, least);
    for (std::size_t& size : link.receive_buffer) size = std::max(size, least);
    link.segment = std::max(link.segment, least / 64);
  }
  for (peer_plan& each : out.peers) each.read_size = std::max(each.read_size, least);
}

void draw_owner(random& r, scenario& out) {
  using kind = owner_act::kind;
  out.owner.clear();
  const auto moment = [&] { return r.between(0, pick(r, list<sim_time>{millisecond, second, 20 * second})); };
  if (r.percent(14)) out.owner.push_back({moment(), kind::drain, r.below(2) * r.below(5 * second)});
  if (r.percent(3)) out.owner.push_back({moment(), kind::abort});
  if (r.percent(2)) out.owner.push_back({moment(), kind::fail});
  if (r.percent(8)) {
    const sim_time at = moment();
    const std::uint64_t bytes = out.buffer_limit / (r.one_in(3) ? 1 : 2) + 1;
    out.owner.push_back({at, kind::take_budget, bytes});
    out.owner.push_back({at + r.between(0, r.one_in(2) ? 50 * second : second), kind::give_budget, bytes});
  }
  if (r.percent(10)) {
    out.owner.push_back({moment(), r.one_in(2) ? kind::stall_client : kind::stall_upstream,
                         static_cast<std::uint64_t>(r.between(0, r.one_in(2) ? 30 * second : second))});
  }
  std::ranges::sort(out.owner, {}, &owner_act::at);
  out.drain_grace = pick(r, list<sim_time>{500 * millisecond, 6 * second, 25 * second});
  out.drain_code = r.one_in(4) ? 1001 : 1012;
}

// Drawn apart from all else, and so are reloads: what a seed was before there were any it still is.
void draw_transports(scenario& out) {
  random r(out.seed ^ 0x7A11);
  for (link_style& link : out.links) link.plain = !r.one_in(4);
}

void draw_reloads(scenario& out) {
  random r(out.seed ^ 0x5EED0F0A);
  out.others = draw_tunnel(r);
  out.reloaded = r.one_in(3);
  const unsigned times = out.farewell || !r.one_in(4) ? 0 : 1 + static_cast<unsigned>(r.below(3));
  for (unsigned i = 0; i < times; ++i) {
    const sim_time at = r.between(0, pick(r, list<sim_time>{millisecond, second, 20 * second}));
    const std::uint64_t limit = r.one_in(3) ? 100 << 10 : 256 << 20;
    out.owner.push_back({at, owner_act::kind::reload, limit});
  }
  std::ranges::sort(out.owner, {}, &owner_act::at);
}

// R4's last resort needs a frame that stays unfinished for 30 s while there is no memory.
void draw_starvation(random& r, scenario& out) {
  using kind = owner_act::kind;
  if (!r.one_in(50)) return;
  const std::size_t which = r.below(2);
  out.peers[which].last = finale::half_frame;
  out.peers[which].acts = static_cast<unsigned>(r.below(5));
  for (peer_plan& each : out.peers) each.pause = 0;
  out.peers[other(which)].last = finale::none;
  out.settings.client_keepalive = out.settings.upstream_keepalive = std::nullopt;
  out.settings.max_lifetime.reset();
  out.owner = {{second, kind::take_budget, out.buffer_limit},
               {70 * second, kind::give_budget, out.buffer_limit}};
}

void draw_farewell(random& r, scenario& out) {
  out.farewell.reset();
  if (!r.one_in(40)) return;
  const cause why =
      pick(r, list<cause>{cause::connect_failed, cause::connect_timeout, cause::handshake_timeout,
                          cause::bad_response, cause::tls, cause::overload, cause::drain});
  const bool own = why == cause::overload || why == cause::drain;
  out.farewell = protocol::farewell{.by = own ? telemetry::initiator::proxy : telemetry::initiator::upstream,
                                    .why = why,
                                    .code = why == cause::overload ? protocol::close_code{1013}
                                            : why == cause::drain  ? out.drain_code
                                                                   : out.settings.failure_code,
                                    .reason = "no tunnel"};
  out.rules = {};
  out.agreed.extension = reference::extension::none;
  out.agreed.max_message.reset();
  out.settings.max_message.reset();
  out.owner.clear();
}

}  // namespace

void draw(std::uint64_t seed, scenario& out) {
  random r(seed * 0x2545F4914F6CDD1D + 1);
  out.seed = seed;
  draw_settings(r, out);
  for (link_style& link : out.links) link = draw_link(r);
  for (peer_plan& peer : out.peers) peer = draw_peer(r, out.agreed.extension);
  fit_buffers(out);
  draw_owner(r, out);
  draw_starvation(r, out);
  draw_farewell(r, out);
  if (out.farewell) {
    out.peers[client].compresses = false;
    out.peers[client].early = 0;
  }
  out.horizon = r.between(20 * second, 90 * second);
  out.poll_delay = pick(r, list<sim_time>{0, 5, 50, 2 * millisecond});
  out.timer_delay = pick(r, list<sim_time>{0, 0, 100, 5 * millisecond});
  out.failing_route = r.one_in(4);
  draw_transports(out);
  draw_reloads(out);
  // A buffer that is often full lets payload pass unread.
  out.read_size = r.one_in(3) ? pick(r, list<std::size_t>{3'000, 20'000}) : 64 << 10;
}

}  // namespace lastframe::simulation
