// A model endpoint as it receives.
#include "tests/simulation/peer.hpp"

#include "tests/simulation/failure.hpp"

namespace lastframe::simulation {

namespace op = reference::op;
using reference::received;

void peer::begin(const peer_plan& plan, const agreement& agreed, std::uint64_t seed) {
  plan_ = plan;
  agreed_ = agreed;
  random_ = random(seed);
  in_.emplace(which_ == upstream, agreed.extension);
  open_.reset();
  sent_close_.reset();
  pong_.clear();
  got_ = 0;
  acts_left_ = plan.acts;
  pings_sent_ = 0;
  pong_due_ = mute_ = left_ = had_finale_ = look_planned_ = answer_planned_ = false;
  reads_ = sends_ = true;
}

void peer::plan_act(sim_time after) {
  agenda_->add(agenda_->now() + after, event_kind::act, which_);
}

void peer::plan_leave(sim_time after) {
  if (after < far_away) agenda_->add(agenda_->now() + after, event_kind::leave, which_);
}

void peer::notice() {
  if (look_planned_ || left_ || !reads_ || !wire_->readable(peer_side)) return;
  look_planned_ = true;
  const sim_time delay = plan_.read_delay == 0 ? 0 : random_.between(0, plan_.read_delay);
  agenda_->add(agenda_->now() + delay, event_kind::look, which_);
}

void peer::look() {
  look_planned_ = false;
  if (left_ || !reads_) return;
  std::string_view bytes;
  switch (wire_->read(peer_side, plan_.read_size, bytes)) {
    case outcome::bytes:
      take(bytes);
      return notice();
    case outcome::nothing:
      return;
    case outcome::end:
      return on_end(false);
    case outcome::reset:
      return on_end(true);
  }
}

void peer::take(std::string_view bytes) {
  while (!bytes.empty() && reads_) {
    const received r = in_->next(bytes);
    switch (r.what) {
      case received::kind::none:
      case received::kind::frame:
        break;
      case received::kind::message:
        on_message(r);
        break;
      case received::kind::ping:
        on_ping(r.payload);
        break;
      case received::kind::pong:
        expect(!theirs_->is_own_ping(r.payload) && !mine_->is_own_ping(r.payload),
               "R5: a Pong that belongs to the proxy reached a peer");
        break;
      case received::kind::close:
        on_close();
        break;
      case received::kind::failed:
        // The one thing that a proxy which judges no payload passes on.
        expect(in_->failure_code() == 1007 && got_ < theirs_->messages.size() &&
                   theirs_->messages[got_].bad_text,
               "a strict endpoint refuses what it got");
        reads_ = true;
        if (!sent_close_ && sends_ && !mute_) send_close(1007, "not UTF-8");
        return plan_leave(plan_.patience);
    }
  }
}

void peer::on_message(const received& r) {
  expect(got_ < theirs_->messages.size(), "a message arrived that was not sent, or not sent to its end");
  const sent_message& m = theirs_->messages[got_++];
  expect(r.opcode == m.opcode, "a message arrived with another opcode");
  expect(r.payload == std::string_view(theirs_->plain).substr(m.begin, m.size), "a message arrived altered");
}

void peer::on_ping(std::string_view payload) {
  if (!sends_ || mute_ || sent_close_) return;
  switch (plan_.pongs) {
    case pong_policy::all:
      return send_control(op::pong, payload);
    case pong_policy::latest:
      pong_ = payload;
      if (!pong_due_) plan_act(random_.between(0, 20 * millisecond));
      pong_due_ = true;
      return;
    case pong_policy::none:
      return;
  }
}

void peer::on_close() {
  if (trace_->on()) trace_->say(name_of(which_), "got Close " + std::to_string(in_->close()->code));
  if (sent_close_) return close_handshake_done();
  if (!sends_ || mute_) return;
  answer_planned_ = true;
  agenda_->add(agenda_->now() + plan_.answer_delay, event_kind::act, which_, 0, 1);
}

void peer::answer() {
  answer_planned_ = false;
  if (!sends_ || mute_ || sent_close_ || left_) return;
  const unsigned code = in_->close()->code;
  if (trace_->on())
    trace_->say(name_of(which_), "answers, way " + std::to_string(static_cast<int>(plan_.answer)));
  switch (plan_.answer) {
    case close_answer::echo:
      send_close(code, random_.one_in(3) ? in_->close()->reason : std::string());
      break;
    case close_answer::own_code:
      send_close(plan_.code);
      break;
    case close_answer::echo_and_fin:
      send_close(code);
      wire_->shutdown_send(peer_side);
      sends_ = false;
      break;
    case close_answer::none:
      return plan_leave(plan_.patience);
    case close_answer::gone:
      return quit(false);
    case close_answer::reset:
      return quit(true);
    case close_answer::bad:
      return violate_by_close(finale::bad_close_code);
  }
  close_handshake_done();
}

// The server closes the connection, the client waits for that (§7.1.1), both not for ever.
void peer::close_handshake_done() {
  sends_ = sends_ && plan_.last == finale::close_and_more;
  plan_leave(which_ == upstream ? random_.between(0, plan_.answer_delay + 1) : plan_.patience);
}

void peer::on_end(bool by_reset) {
  if (trace_->on()) trace_->say(name_of(which_), by_reset ? "sees a reset" : "sees the end");
  reads_ = false;
  if (by_reset) {
    left_ = true;
    sends_ = false;
    wire_->close(peer_side);
    return;
  }
  // A half-closed connection is of no use to a WebSocket, but not everyone hurries.
  plan_leave(random_.between(0, plan_.answer_delay + 1));
}

void peer::leave() {
  if (!left_) quit(false);
}

void peer::quit(bool by_reset) {
  if (left_) return;
  left_ = true;
  sends_ = reads_ = false;
  if (trace_->on()) trace_->say(name_of(which_), by_reset ? "resets its socket" : "closes its socket");
  by_reset ? wire_->reset(peer_side) : wire_->close(peer_side);
}

void peer::come_to_an_end(bool hard) {
  if (left_) return;
  if (hard) return quit(random_.one_in(2));
  if (sends_ && !sent_close_ && !mute_ && !open_) send_close(plan_.code);
}

unsigned peer::reported() const noexcept {
  if (in_->close()) return in_->close()->code;
  return sent_close_.value_or(1006);
}

}  // namespace lastframe::simulation
