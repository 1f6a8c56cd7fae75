// The streams that the product's driver reads and writes, and the faults that may be planted there.
#include <algorithm>
#include <cstring>

#include "tests/simulation/failure.hpp"
#include "tests/simulation/world.hpp"

namespace lastframe::simulation {

namespace {

net::io_status as_status(outcome how) {
  switch (how) {
    case outcome::bytes:
      return net::io_status::done;
    case outcome::nothing:
      return net::io_status::would_block;
    case outcome::end:
      return net::io_status::end;
    case outcome::reset:
      return net::io_status::reset;
  }
  return net::io_status::reset;
}

std::string_view as_text(protocol::const_bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

net::io_result sim_stream::read(protocol::mutable_bytes into) {
  return world_->read(which_, into);
}

bool sim_stream::moves() const noexcept {
  return world_->scenario_.links[which_].plain;
}

bool sim_stream::read_fin() {
  if (!moves()) return false;
  expect(world_->read(which_, {}).status == net::io_status::end,
         "R8: a FIN was inferred where there is none");
  return true;
}

net::io_result sim_stream::write(const std::array<protocol::const_bytes, 2>& from, bool) {
  return world_->write(which_, from);
}

net::io_result sim_stream::move_to(pipe& to, std::size_t n) {
  to.bytes.resize(n);
  const net::io_result found = world_->read(which_, std::as_writable_bytes(std::span(to.bytes)));
  to.bytes.resize(found.size);
  return {.status = found.status, .size = found.size};  // a pipe may have no room for all
}

net::io_result sim_stream::move_from(pipe& from, std::size_t n) {
  const std::string_view bytes = std::string_view(from.bytes).substr(0, n);
  const net::io_result taken = world_->write(which_, {std::as_bytes(std::span(bytes)), {}});
  from.bytes.erase(0, taken.size);
  world_->passed_unread_[which_] += taken.size;
  return taken;
}

std::uint64_t sim_stream::unacked() const {
  if (world_->fault_ == plant::deaf_to_acks) return world_->wires_[which_].from(proxy_side).end();
  return world_->wires_[which_].unacked(proxy_side);
}

void sim_stream::shutdown_send() {
  if (world_->trace_.on()) world_->trace_.say("proxy", std::string("sends FIN to ") + name_of(which_));
  world_->wires_[which_].shutdown_send(proxy_side);
  world_->observer_.did_shut_down(which_);
}

void sim_stream::close() {
  if (world_->trace_.on()) world_->trace_.say("proxy", std::string("closes ") + name_of(which_));
  world_->observer_.will_close(which_, false);
  // As net::stream does.
  world_->wires_[which_].drop_unread(proxy_side);
  world_->wires_[which_].close(proxy_side);
}

void sim_stream::reset() {
  if (world_->trace_.on()) world_->trace_.say("proxy", std::string("resets ") + name_of(which_));
  world_->observer_.will_close(which_, true);
  world_->wires_[which_].reset(proxy_side);
}

// The first frame that a fault fits is the one that meets it.
std::size_t world::write_with_fault(std::size_t which, std::string bytes) {
  namespace op = reference::op;
  const std::size_t size = bytes.size();
  reference::frame_head head;
  const bool whole = ledgers_[other(which)].at_boundary() && reference::read_head(bytes, head) &&
                     head.length <= size - head.size;
  const std::size_t end = whole ? head.size + static_cast<std::size_t>(head.length) : 0;
  planted_ = whole;
  if (whole && fault_ == plant::flip_byte && head.opcode <= op::binary && head.length > 0) {
    bytes[end - 1] = static_cast<char>(bytes[end - 1] ^ 1);
  } else if (whole && fault_ == plant::double_frame) {
    bytes.insert(0, bytes, 0, end);
  } else if (whole && ((fault_ == plant::drop_close && head.opcode == op::close) ||
                       (fault_ == plant::swallow_pong && head.opcode == op::pong) ||
                       (fault_ == plant::drop_message && head.opcode <= op::binary && head.fin))) {
    bytes.erase(0, end);
  } else {
    planted_ = false;
  }
  wires_[which].force(proxy_side, bytes);
  return size;
}

net::io_result world::read(std::size_t which, protocol::mutable_bytes into) {
  ++steps_;
  observer_.will_read(which, driver_->machine());
  std::string_view bytes;
  const outcome how = wires_[which].read(proxy_side, into.size(), bytes);
  if (how == outcome::bytes) std::memcpy(into.data(), bytes.data(), bytes.size());
  if (trace_.on() && how != outcome::nothing) {
    trace_.say("proxy", std::string("reads ") + name_of(which) + ": " +
                            (how == outcome::bytes ? std::to_string(bytes.size()) + " bytes"
                             : how == outcome::end ? "end"
                                                   : "reset"));
  }
  observer_.did_read(which, how);
  return {.status = as_status(how), .size = bytes.size(), .drained = bytes.size() < into.size()};
}

net::io_result world::write(std::size_t which, const std::array<protocol::const_bytes, 2>& from) {
  ++steps_;
  const std::string_view first = as_text(from[0]);
  const std::string_view rest = as_text(from[1]);
  std::size_t taken = 0;
  outcome how = outcome::bytes;
  if (fault_ == plant::none || planted_) {
    how = wires_[which].write(proxy_side, first, rest, taken);
  } else {
    taken = write_with_fault(which, std::string(first).append(rest));
  }
  if (trace_.on()) {
    trace_.say("proxy", std::string("writes to ") + name_of(which) + ": " + std::to_string(taken) + " of " +
                            std::to_string(first.size() + rest.size()) +
                            (how == outcome::reset ? ", reset" : ""));
  }
  observer_.did_write(which, how);
  lacks_room_[which] = taken < first.size() + rest.size();
  if (how == outcome::reset) return {.status = net::io_status::reset};
  // What was not taken is told as the product's stream does: by a size, or by nothing at all.
  return {.status = taken == 0 ? net::io_status::would_block : net::io_status::done, .size = taken};
}

// What the machine wanted when a promise was broken.
void world::trace_state() const {
  const protocol::tunnel_machine& m = driver_->machine();
  for (const std::size_t which : {client, upstream}) {
    const auto l = static_cast<telemetry::leg>(which);
    trace_.say(name_of(which), "socket in state " + std::to_string(static_cast<int>(m.socket(l))) +
                                   (m.wants_read(l) ? ", is read" : "") +
                                   (m.wants_write(l) ? ", is written to" : ""));
  }
}

}  // namespace lastframe::simulation
