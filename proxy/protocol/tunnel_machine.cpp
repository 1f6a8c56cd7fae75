#include "proxy/protocol/tunnel_machine.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace lastframe::protocol {

namespace {

/// A control frame's payload, unmasked into a place of its own: what stands in the frame must pass unaltered.
class control_payload {
 public:
  control_payload(const frame_header& header, const_bytes frame) noexcept : size_(header.length) {
    std::ranges::copy(frame.subspan(header.size(), size_), data_.begin());
    if (header.masked) apply_mask({data_.data(), size_}, header.mask);
  }

  [[nodiscard]] const_bytes bytes() const noexcept { return {data_.data(), size_}; }

 private:
  std::array<std::byte, max_control_payload> data_;
  std::size_t size_;
};

}  // namespace

tunnel_machine::tunnel_machine(const tunnel_context& context, const framing& rules,
                               const tunnel_secrets& secrets, time_point now)
    : context_(&context),
      legs_{leg_state(leg::client, rules, *context.settings, secrets.client_ping, *context.budget, now),
            leg_state(leg::upstream, rules, *context.settings, secrets.upstream_ping, *context.budget, now)},
      random_(secrets.masks) {
  if (const auto& longest = context.settings->max_lifetime) {
    const std::uint64_t tenth = static_cast<std::uint64_t>(longest->count()) / 10;
    lifetime_at_ = now + *longest - milliseconds(random() % (tenth + 1));
  }
}

tunnel_machine::tunnel_machine(const tunnel_context& context, const farewell& why,
                               const tunnel_secrets& secrets, time_point now)
    : tunnel_machine(context, framing{}, secrets, now) {
  lifetime_at_ = never;
  at(leg::upstream).socket = wire::gone;
  watch(leg::client);
  begin_ending(why.by, why.why);
  give_close(leg::client, {.code = why.code, .reason = std::string(why.reason)}, now, now);
}

std::uint64_t tunnel_machine::random() noexcept {
  // splitmix64
  std::uint64_t z = random_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::optional<masking_key> tunnel_machine::key_towards(leg which) noexcept {
  if (which == leg::client) return std::nullopt;
  const std::uint64_t bits = random();
  return masking_key{static_cast<std::byte>(bits), static_cast<std::byte>(bits >> 8),
                     static_cast<std::byte>(bits >> 16), static_cast<std::byte>(bits >> 24)};
}

void tunnel_machine::received(leg from, mutable_bytes bytes, time_point now) {
  leg_state& s = at(from);
  s.alive.heard(now);
  const relay::totals before = s.in.received();
  while (s.mode != intake::ignored) {
    const unit found = s.in.next(bytes);
    if (found.kind == unit_kind::none) break;
    on_unit(from, found, now);
    if (end_) use_place(from, bytes, now);
    if (bytes.empty() && !s.in.unfinished()) break;
  }
  if (s.in.received().frames != before.frames) s.held_at = never;  // what is unfinished now began just now
  tally(from, before);
}

void tunnel_machine::tally(leg from, const relay::totals& before) {
  const relay::totals& now = at(from).in.received();
  telemetry::traffic_tally& counts = context_->tally->traffic[static_cast<std::size_t>(
      from == leg::client ? telemetry::direction::to_upstream : telemetry::direction::to_client)];
  counts.frames.add(now.frames - before.frames);
  counts.messages.add(now.messages - before.messages);
  counts.payload_bytes.add(now.payload_bytes - before.payload_bytes);
}

std::size_t tunnel_machine::passable(leg which) const noexcept {
  const leg_state& s = at(which);
  return s.mode == intake::relayed && !at(other(which)).sealed() ? s.in.passable() : 0;
}

bool tunnel_machine::passed(leg from, std::size_t n, time_point now) {
  leg_state& s = at(from);
  s.alive.heard(now);
  const relay::totals before = s.in.received();
  if (s.in.pass(n).kind == unit_kind::none) return false;
  outbox& out = at(other(from)).out;
  out.take(s.in.held());
  out.pass(n);
  tally(from, before);
  return true;
}

// A Close of the proxy's own that waits takes the first place behind all that is complete in this read: of a
// stream of large frames every read may end within one.
void tunnel_machine::use_place(leg from, const_bytes rest, time_point now) {
  const bool wished_for = end_->wished && from == leg::upstream;
  if (!wished_for && !at(other(from)).closing->due) return;
  if (rest.empty() || at(from).in.unfinished() || relay::ends_message(rest)) return;
  if (wished_for) check_own_close(now);
  place_close(other(from), now);
}

void tunnel_machine::on_unit(leg from, const unit& found, time_point now) {
  switch (found.kind) {
    case unit_kind::none:
      return;
    case unit_kind::data:
      return forward(from, found);
    case unit_kind::control:
      return on_control(from, found, now);
    case unit_kind::violation:
      return lose(from, cause::protocol_error, to_string(found.why), now);
    case unit_kind::too_big:
      return on_too_big(from, now);
  }
}

void tunnel_machine::forward(leg from, const unit& found) {
  leg_state& s = at(from);
  leg_state& to = at(other(from));
  if (s.mode != intake::relayed || to.sealed()) {
    s.in.held().clear();
  } else {
    to.out.take(s.in.held());
    to.out.borrow(found.bytes);
  }
}

void tunnel_machine::on_control(leg from, const unit& found, time_point now) {
  leg_state& s = at(from);
  leg_state& to = at(other(from));
  const const_bytes frame = found.bytes.empty() ? s.in.held().bytes() : found.bytes;
  const control_payload payload(s.in.header(), frame);
  switch (s.in.header().opcode) {
    case opcodes::ping:
      if (s.mode == intake::relayed && !to.sealed()) {
        // While none of the unanswered Pings is known to have arrived, the first one is the one to watch.
        if (!to.alive.waiting() || to.has_acked(to.ping_begin + to.ping_size)) {
          to.ping_begin = to.out.end();
          to.ping_size = static_cast<std::uint8_t>(frame.size());
        }
        to.alive.relayed(payload.bytes(), now);
        rearm_ = true;
      }
      return forward(from, found);
    case opcodes::pong:
      rearm_ = true;  // the next Ping may be due before the timeout of the one that this answers
      if (const auto rtt = s.alive.pong(payload.bytes(), now)) {
        s.in.held().clear();
        if (*rtt == nanoseconds(0)) return;
        rtt_[index(from)] = std::chrono::duration_cast<short_microseconds>(*rtt);
        context_->tally->pings[index(from)].rtt.observe(*rtt);
        return;
      }
      return forward(from, found);
    default:
      return on_close(from, found, payload.bytes(), now);
  }
}

void tunnel_machine::on_close(leg from, const unit& found, const_bytes payload, time_point now) {
  leg_state& s = at(from);
  leg_state& to = at(other(from));
  auto status = parse_close(payload);
  if (!status) return lose(from, cause::protocol_error, to_string(violation::bad_close), now);
  // An echo is the client's choice: a client shall not use up the labels that are kept for upstream's codes.
  const auto& asked = at(leg::client).closing->got;
  status->from_upstream = from == leg::upstream && !(asked && asked->code == status->code);
  s.closing.make().got = *status;
  if (!ending_) begin_ending(as_initiator(from), cause::close_frame);
  // An answer to the proxy's own Close is not relayed: the other leg gets one of the proxy's own.
  const bool relays = end_->record.why == cause::close_frame && !to.sealed() && !to.closing->due;
  if (relays) {
    s.mode = intake::relayed;  // a leg that is only watched is watched for this
    forward(from, found);
    to.closing.make().sent = std::move(*status);
    close_placed(other(from), now);
  } else if (s.closing->due && !s.closing->sent) {
    // It closes by itself while a Close for it still waits: it gets its own code back, at once.
    s.closing.make().due = std::move(*status);
    s.closing.make().due_at = now;
  }
  ignore(from);
  progress(now);
}

void tunnel_machine::on_too_big(leg from, time_point now) {
  // Part of the message may have gone on: no other may follow it.
  watch(from);
  if (ending_) return;
  const std::string_view reason = "message too big";
  const bool by_client = from == leg::client;
  close_by_proxy(from, cause::message_too_big, {.code = 1009, .reason = std::string(reason)},
                 {.code = by_client ? close_code{1001} : context_->settings->failure_code,
                  .reason = std::string(reason)},
                 now);
}

void tunnel_machine::ended(leg which, ending how, time_point now) {
  leg_state& s = at(which);
  if (s.end != ending::none) return;
  s.end = s.write_was_reset ? ending::reset : how;
  s.in.held().clear();
  if (how == ending::reset) s.out.discard();
  const bool reset = s.end == ending::reset;
  lose(which, reset ? cause::reset : cause::eof,
       reset ? "connection reset" : "connection ended without a close", now);
}

void tunnel_machine::sent(leg which, std::size_t n, time_point now) {
  leg_state& s = at(which);
  s.out.wrote(n);
  // That the socket took bytes is no progress: only a look at what was acknowledged ends this clock.
  if (n == 0 || s.progress_at != never) return;
  s.progress_at = s.looked_at = now;
  rearm_ = true;
}

void tunnel_machine::write_failed(leg which, bool reset, time_point now) {
  leg_state& s = at(which);
  s.write_failed = true;
  s.write_was_reset = reset;
  s.closing.make().due.reset();
  s.out.discard();
  // What it still sends decides, but not for ever.
  if (s.end == ending::none) s.closing.make().wait_until = now + context_->settings->close_timeout;
  rearm_ = true;
}

void tunnel_machine::fin_sent(leg which, time_point now) {
  leg_state& s = at(which);
  s.fin_sent = true;
  s.socket = wire::linger;
  s.closing.make().linger_until =
      now + std::min<milliseconds>(context_->settings->close_timeout, milliseconds(2'000));
  rearm_ = true;
}

void tunnel_machine::closed(leg which, socket_state last) {
  leg_state& s = at(which);
  note_acked(s, last);
  const bool delivered = s.closing->sent && s.has_acked(s.closing->close_end);
  const auto& seen = delivered ? s.closing->sent : s.closing->got;
  telemetry::leg_ending how;
  if (seen) how = {.code = seen->code, .reason = seen->reason, .from_upstream = seen->from_upstream};
  (which == leg::client ? end_.make().record.client : end_.make().record.upstream) = std::move(how);
  s.socket = wire::gone;
  s.out.discard();
  s.in.held().clear();
}

bool tunnel_machine::finished() const noexcept {
  return at(leg::client).gone() && at(leg::upstream).gone();
}

std::size_t tunnel_machine::held_bytes() const noexcept {
  std::size_t total = 0;
  for (const leg_state& s : legs_) total += s.out.size() + s.in.held().size();
  return total;
}

bool tunnel_machine::wants_read(leg which) const noexcept {
  const leg_state& s = at(which);
  if (s.end != ending::none || s.paused || s.socket >= wire::close) return false;
  if (s.mode != intake::relayed) return true;
  // To a leg that gets nothing more nothing can pile up, and no socket may be closed with unread data (R10).
  const leg_state& to = at(other(which));
  return to.sealed() || (to.out.empty() && !(context_->budget->exhausted() && s.in.held().empty()));
}

}  // namespace lastframe::protocol
