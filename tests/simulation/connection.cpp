#include "tests/simulation/connection.hpp"

#include <algorithm>

namespace lastframe::simulation {

void half::clear() {
  data.clear();
  flight.clear();
  sent = arrived = taken = dropped = acked = 0;
  first = 0;
  last_at = progress_at = unread_since = 0;
  fin = ack_planned = false;
}

void connection::begin(const link_style& style, std::size_t which, agenda& plan, std::uint64_t seed) {
  plan_ = &plan;
  style_ = style;
  for (half& h : halves_) h.clear();
  ends_ = {};
  random_ = random(seed);
  stalled_until_ = 0;
  which_ = which;
  held_back_ = true;
  black_ = destroyed_ = false;
}

// As Linux has it: bytes first, whatever came behind them; then a FIN hides a reset; an error is told once.
outcome connection::read(std::size_t side, std::size_t room, std::string_view& out) {
  half& h = halves_[other(side)];
  one_end& me = ends_[side];
  if (const std::uint64_t unread = h.unread(); unread != 0) {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(room, unread));
    out = std::string_view(h.data).substr(h.taken, size);
    h.taken += size;
    h.unread_since = plan_->now();
    transmit(other(side));  // there is room in the window
    return outcome::bytes;
  }
  if (h.fin_arrived()) return outcome::end;
  if (me.error_pending) {
    me.error_pending = false;
    return outcome::reset;
  }
  return me.got_reset ? outcome::end : outcome::nothing;
}

outcome connection::write(std::size_t side, std::string_view first, std::string_view rest,
                          std::size_t& taken) {
  half& h = halves_[side];
  taken = 0;
  if (ends_[side].got_reset) {
    ends_[side].error_pending = false;
    return outcome::reset;
  }
  const std::size_t waiting =
      static_cast<std::size_t>(h.data.size() - std::min<std::uint64_t>(h.acked, h.data.size()));
  std::size_t room =
      side == peer_side ? SIZE_MAX : style_.send_buffer - std::min(style_.send_buffer, waiting);
  room = std::min(room, first.size() + rest.size());
  if (room > 1 && side == proxy_side && style_.short_writes && random_.one_in(3))
    room = 1 + random_.below(room);
  const std::size_t head = std::min(room, first.size());
  if (h.acked == h.end()) h.progress_at = plan_->now();
  h.data.append(first.substr(0, head));
  h.data.append(rest.substr(0, room - head));
  taken = room;
  transmit(side);
  return room == 0 ? outcome::nothing : outcome::bytes;
}

std::string_view connection::read_ahead(std::size_t size) {
  half& h = halves_[peer_side];
  h.sent = h.arrived = h.taken = h.acked = size;
  held_back_ = false;
  transmit(peer_side);
  return std::string_view(h.data).substr(0, size);
}

void connection::force(std::size_t side, std::string_view bytes) {
  halves_[side].data.append(bytes);
  transmit(side);
}

void connection::shutdown_send(std::size_t side) {
  if (ends_[side].got_reset || ends_[side].dead) return;
  halves_[side].fin = true;
  transmit(side);
}

void connection::drop_unread(std::size_t side) {
  half& h = halves_[other(side)];
  h.dropped += h.unread();
  transmit(other(side));  // there is room in the window
}

void connection::close(std::size_t side) {
  if (ends_[side].closed) return;
  if (halves_[other(side)].unread() != 0) return reset(side);
  ends_[side].closed = true;
  shutdown_send(side);
}

void connection::reset(std::size_t side) {
  if (ends_[side].closed && ends_[side].dead) return;
  ends_[side].closed = true;
  send_reset(side);
}

void connection::send_reset(std::size_t side) {
  if (ends_[side].dead || ends_[side].got_reset) return;
  ends_[side].dead = true;
  half& h = halves_[side];
  const sim_time at = arrival_time(h);
  h.flight.push_back({at, h.sent, 0, true});
  plan_->add(at, event_kind::arrival, which_, other(side));
}

sim_time connection::arrival_time(half& h) {
  const sim_time jitter = style_.jitter == 0 ? 0 : random_.between(0, style_.jitter);
  h.last_at = std::max(h.last_at, plan_->now() + style_.delay + jitter);
  return h.last_at;
}

void connection::transmit(std::size_t side) {
  half& h = halves_[side];
  if (ends_[side].dead || ends_[side].got_reset || (held_back_ && side == peer_side)) return;
  while (h.sent < h.end()) {
    std::uint64_t size = 0;
    if (h.sent < h.data.size()) {
      const std::uint64_t buffered = h.sent - h.taken - h.dropped;
      const std::size_t window = style_.receive_buffer[other(side)];
      if (buffered >= window) return;
      // Small segments tell apart what a peer sends slowly; nobody sends megabytes in single bytes.
      const std::uint64_t left = h.data.size() - h.sent;
      const std::uint64_t largest = std::max<std::uint64_t>(style_.segment, left / 16);
      size = std::min({left, window - buffered, 1 + random_.below(largest)});
    }
    h.sent += size;
    if (h.fin && h.sent == h.data.size()) ++h.sent;
    const sim_time at = arrival_time(h);
    h.flight.push_back({at, h.sent, halves_[other(side)].arrived, false});
    plan_->add(at, event_kind::arrival, which_, other(side));
  }
}

bool connection::arrival(std::size_t side) {
  half& h = halves_[other(side)];
  if (black_) {
    h.first = h.flight.size();
    return false;
  }
  if (plan_->now() < stalled_until_) {
    plan_->add(stalled_until_, event_kind::arrival, which_, side);
    return false;
  }
  const std::size_t before = h.first;
  while (h.first < h.flight.size() && h.flight[h.first].at <= plan_->now())
    take_segment(side, h.flight[h.first++]);
  const bool came = h.first != before;
  if (h.first == h.flight.size()) {
    h.flight.clear();
    h.first = 0;
  }
  return came;
}

void connection::take_segment(std::size_t side, const half::segment& s) {
  half& h = halves_[other(side)];
  one_end& me = ends_[side];
  if (me.got_reset || (me.dead && !s.reset)) return;
  if (s.reset) {
    me.got_reset = me.error_pending = true;
    if (side == peer_side && style_.reset_discards && !me.closed && h.unread() != 0) {
      destroyed_ = true;
      h.taken = h.arrived - (h.fin_arrived() ? 1 : 0);
    }
    return;
  }
  const bool has_data = std::min<std::uint64_t>(s.end, h.data.size()) > h.arrived;
  if (h.unread() == 0) h.unread_since = plan_->now();
  h.arrived = std::max(h.arrived, s.end);
  note_ack(halves_[side], s.ack);
  if (me.closed && has_data) return send_reset(side);
  plan_ack(other(side));
}

void connection::note_ack(half& h, std::uint64_t upto) {
  if (upto <= h.acked) return;
  h.acked = upto;
  h.progress_at = plan_->now();
}

// An acknowledgement says what had arrived when it left.
void connection::plan_ack(std::size_t sender) {
  half& h = halves_[sender];
  if (h.ack_planned) return;
  h.ack_planned = true;
  plan_->add(plan_->now() + style_.ack_delay + style_.delay, event_kind::ack, which_, sender, h.arrived);
}

void connection::ack(std::size_t side, std::uint64_t upto) {
  half& h = halves_[side];
  h.ack_planned = false;
  if (black_ || ends_[side].got_reset || ends_[other(side)].dead) return;
  if (plan_->now() < stalled_until_) {
    h.ack_planned = true;
    return plan_->add(stalled_until_, event_kind::ack, which_, side, upto);
  }
  note_ack(h, upto);
  if (h.acked < h.arrived) plan_ack(side);
}

bool connection::readable(std::size_t side) const noexcept {
  const half& h = halves_[other(side)];
  return h.unread() != 0 || h.fin_arrived() || ends_[side].got_reset;
}

bool connection::writable(std::size_t side) const noexcept {
  const half& h = halves_[side];
  if (ends_[side].got_reset) return true;
  const std::uint64_t waiting = h.data.size() - std::min<std::uint64_t>(h.acked, h.data.size());
  return 3 * waiting <= 2 * style_.send_buffer;
}

bool connection::broken(std::size_t side) const noexcept {
  return ends_[side].got_reset || (halves_[side].fin && halves_[other(side)].fin_arrived());
}

}  // namespace lastframe::simulation
