#include "tests/simulation/world.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tests/simulation/failure.hpp"

namespace lastframe::simulation {

namespace {

using protocol::time_point;
using telemetry::leg;

constexpr unsigned in = 1;
constexpr unsigned out = 4;

// A seed that takes more has lost its way.
constexpr std::uint64_t most_steps = 400'000;

leg as_leg(std::size_t which) {
  return static_cast<leg>(which);
}

}  // namespace

world::world()
    : peers_{peer(client, agenda_, wires_[client], ledgers_[client], ledgers_[upstream], trace_),
             peer(upstream, agenda_, wires_[upstream], ledgers_[upstream], ledgers_[client], trace_)},
      observer_(agenda_, wires_, ledgers_),
      memory_(protocol::max_header_size + read_buffer) {}

time_point world::as_time(sim_time at) {
  return time_point(std::chrono::hours(1)) + std::chrono::microseconds(at);
}

time_point world::clock() const {
  return as_time(agenda_.now());
}

world::driver::room world::room() noexcept {
  return {buffer().first(scenario_.read_size), pipes_};
}

protocol::mutable_bytes world::buffer() noexcept {
  return protocol::mutable_bytes(memory_).subspan(protocol::max_header_size);
}

verdict world::play(std::uint64_t seed, plant fault, bool traced) {
  draw(seed, scenario_);
  fault_ = fault;
  steps_ = 0;
  trace_.set(traced);
  if (traced) std::fputs(describe(scenario_).c_str(), stdout);
  verdict result;
  try {
    open();
    run();
    result.passed = true;
  } catch (const std::exception& error) {
    result.why = error.what();
    trace_.say("BROKEN", result.why);
    if (driver_) trace_state();
  }
  driver_.reset();
  result.steps = steps_;
  return result;
}

void world::open() {
  random_ = random(scenario_.seed ^ 0xC0FFEE);
  agenda_.begin(random_.next());
  for (const std::size_t which : {client, upstream}) {
    wires_[which].begin(scenario_.links[which], which, agenda_, random_.next());
    ledgers_[which].begin(which, scenario_.agreed, wires_[which].from(peer_side).data,
                          wires_[other(which)].from(proxy_side).data);
    peers_[which].begin(scenario_.peers[which], scenario_.agreed, random_.next());
  }
  observer_.begin(scenario_);
  budget_.emplace(scenario_.buffer_limit);
  pacer_ = {};
  for (int i = 0; scenario_.failing_route && i < 5; ++i) {
    static_cast<void>(pacer_.failed(as_time(-1), scenario_.settings.failure_delay, 0));
  }
  budget_taken_ = 0;
  timer_number_ = 0;
  timer_armed_ = poll_planned_ = planted_ = false;
  passed_unread_ = {};
  events_ = {};
  lacks_room_ = {};

  put_in_force(scenario_.others);
  if (!scenario_.reloaded || fault_ != plant::late_reload) put_in_force(scenario_.settings);
  held_ = in_force_;
  const protocol::tunnel_secrets secrets{random_.next(), random_.next(), random_.next()};
  const sim_stream streams[] = {{*this, client}, {*this, upstream}};
  if (scenario_.farewell) {
    driver_.emplace(streams[0], streams[1], held_->context, *scenario_.farewell, secrets, clock());
    observer_.opened_to_close(*scenario_.farewell);
  } else {
    driver_.emplace(streams[0], streams[1], held_->context, scenario_.rules, secrets, clock());
  }
  // As the product opens a tunnel: what was read ahead goes first.
  call("opens", [&] {
    for (const std::size_t which : {client, upstream}) feed_ahead(which, scenario_.peers[which].early);
    driver_->carry_out(clock());
  });
  for (const std::size_t which : {client, upstream}) {
    if (which == client || !scenario_.farewell) agenda_.add(agenda_.now(), event_kind::act, which);
  }
  for (std::size_t i = 0; i < scenario_.owner.size(); ++i) {
    agenda_.add(scenario_.owner[i].at, event_kind::owner, 0, 0, i);
  }
  agenda_.add(scenario_.horizon, event_kind::horizon);
}

// R6: bytes behind the request, or behind the 101.
void world::feed_ahead(std::size_t which, std::uint64_t acts) {
  for (std::uint64_t i = 0; i < acts; ++i) peers_[which].send_early();
  const std::size_t most = std::min<std::size_t>(wires_[which].from(peer_side).data.size(), 60'000);
  const std::string_view bytes = wires_[which].read_ahead(random_.below(most + 1));
  if (bytes.empty()) return;
  observer_.did_read(which, outcome::bytes);
  std::memcpy(buffer().data(), bytes.data(), bytes.size());
  driver_->feed(as_leg(which), buffer().first(bytes.size()), clock());
}

void world::run() {
  while (!agenda_.empty()) {
    expect(++steps_ < most_steps, "the simulation does not come to an end");
    handle(agenda_.next());
  }
  expect(!driver_, "a tunnel never ends");
  expect(budget_->held() == budget_taken_, "R4: memory is counted that nobody holds");
  expect(pipes_.lent == 0, "a pipe is given back");
  observer_.all_quiet(peers_);
}

void world::handle(const event& e) {
  switch (e.kind) {
    case event_kind::arrival: {
      const bool came = wires_[e.which].arrival(e.side);
      if (e.side == peer_side) return peers_[e.which].notice();
      if (came) events_[e.which] |= in;
      observer_.network_moved(e.which);
      return plan_poll();
    }
    case event_kind::ack:
      wires_[e.which].ack(e.side, e.number);
      observer_.network_moved(e.which);
      return plan_poll();
    case event_kind::poll:
      return poll();
    case event_kind::timer:
      return timer(e.number);
    case event_kind::act:
      if (e.number == 1) return peers_[e.which].answer();
      if (driver_) peers_[e.which].act();
      return;
    case event_kind::look:
      return peers_[e.which].look();
    case event_kind::leave:
      return peers_[e.which].leave();
    case event_kind::owner:
      if (driver_) owner_acts(scenario_.owner[e.number]);
      return;
    case event_kind::horizon:
      if (driver_) horizon(e.number);
      return;
  }
}

void world::plan_poll() {
  tell_of_room();
  if (!driver_ || poll_planned_ || (events_[client] == 0 && events_[upstream] == 0)) return;
  poll_planned_ = true;
  agenda_.add(agenda_.now() + random_.between(0, scenario_.poll_delay), event_kind::poll);
}

// A kernel tells of room only where some was missing.
void world::tell_of_room() {
  for (const std::size_t which : {client, upstream}) {
    if (!lacks_room_[which] || !wires_[which].writable(proxy_side)) continue;
    lacks_room_[which] = false;
    events_[which] |= out;
  }
}

// Both sockets' events are fetched before either is handled, as from epoll. Each is told once, as an edge.
void world::poll() {
  poll_planned_ = false;
  if (!driver_) return;
  const auto events = std::exchange(events_, {});
  const std::size_t first = random_.below(2);
  for (const std::size_t which : {first, other(first)}) {
    if (events[which] == 0 || !driver_ || wires_[which].closed(proxy_side)) continue;
    const leg l = as_leg(which);
    const bool reset = wires_[which].broken(proxy_side);
    const bool fin = wires_[which].from(peer_side).fin_arrived();
    const net::tail behind = reset ? net::tail::unknown : fin ? net::tail::fin : net::tail::nothing;
    call(which == client ? "client is ready" : "upstream is ready", [&] {
      if ((events[which] & out) != 0 || reset) driver_->writable(l, clock());
      if ((events[which] & in) != 0 || fin || reset) driver_->readable(l, room(), clock(), behind);
    });
  }
}

void world::timer(std::uint64_t number) {
  if (!driver_ || number != timer_number_ || fault_ == plant::no_timer) return;
  timer_armed_ = false;
  call("timer", [&] { driver_->time_passed(room(), clock()); });
}

// As the product's tunnel does after each step.
void world::after_call() {
  protocol::tunnel_machine& machine = driver_->machine();
  observer_.call_ends(machine);
  if (machine.finished()) return finish();
  for (const std::size_t which : {client, upstream}) {
    if (driver_->unread(as_leg(which))) events_[which] |= in;
  }
  plan_poll();
  if (machine.rearm() || !timer_armed_) {
    const time_point due = std::max(machine.deadline(), clock() + std::chrono::milliseconds(1));
    timer_armed_ = due != protocol::never;
    ++timer_number_;
    if (!timer_armed_) return;
    const auto ns = due - as_time(0);
    const sim_time at = (ns.count() + 999) / 1'000 + random_.between(0, scenario_.timer_delay);
    agenda_.add(at, event_kind::timer, 0, 0, timer_number_);
  }
}

void world::finish() {
  telemetry::close_record record = driver_->machine().record();
  if (fault_ == plant::wrong_code && record.client) ++record.client->code;
  if (fault_ == plant::wrong_cause) record.why = telemetry::cause::internal_error;
  if (trace_.on()) {
    trace_.say("record", std::string(to_string(record.by)) + ", " + std::string(to_string(record.why)) +
                             ", client " + std::to_string(record.client ? record.client->code : 0) +
                             ", upstream " + std::to_string(record.upstream ? record.upstream->code : 0));
  }
  driver_.reset();
  observer_.finished(record);
}

// Whoever still waits closes, then goes away; what then is left, on a link where nothing gets through, is
// cut.
void world::horizon(std::uint64_t round) {
  if (round == 2 && !observer_.ended()) return owner_acts({agenda_.now(), owner_act::kind::abort});
  for (peer& each : peers_) {
    if (driver_ && round < 2) each.come_to_an_end(round == 1);
  }
  agenda_.add(agenda_.now() + 60 * second, event_kind::horizon, 0, 0, round + 1);
}

}  // namespace lastframe::simulation
