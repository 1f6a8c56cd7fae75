#include "tests/support/tunnel_script.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <span>
#include <stdexcept>

#include <gtest/gtest.h>

namespace lastframe::support {

namespace {

constexpr std::array<leg, 2> both{client, upstream};

}  // namespace

tunnel_script::tunnel_script(tunnel_options options)
    : options_(std::move(options)),
      budget_(options_.buffer_limit),
      context_{.budget = &budget_, .tally = &tally_, .pacer = &pacer_, .settings = &options_.settings} {
  const protocol::tunnel_secrets secrets{.client_ping = options_.secret * 0x9E3779B97F4A7C15,
                                         .upstream_ping = options_.secret * 0xC2B2AE3D27D4EB4F,
                                         .masks = options_.secret};
  if (options_.farewell) {
    peer(upstream).closed = true;
    machine_ = std::make_unique<protocol::tunnel_machine>(context_, *options_.farewell, secrets, now_);
  } else {
    machine_ = std::make_unique<protocol::tunnel_machine>(context_, options_.rules, secrets, now_);
  }
  pump();
}

void tunnel_script::send(leg from, std::string_view bytes) {
  peer(from).unread += bytes;
  pump();
}

void tunnel_script::finish(leg from) {
  peer(from).ends = end::eof;
  pump();
}

void tunnel_script::reset(leg from) {
  peer(from).ends = end::reset;
  peer(from).refuses = peer(from).refuses_by_reset = true;
  pump();
}

void tunnel_script::break_writes(leg which, bool by_reset) {
  peer(which).refuses = true;
  peer(which).refuses_by_reset = by_reset;
}

void tunnel_script::stall(leg which, std::size_t room) {
  peer(which).room = room;
}

void tunnel_script::resume(leg which) {
  peer(which).room = SIZE_MAX;
  pump();
}

void tunnel_script::unmute(leg which) {
  peer(which).acks = true;
  peer(which).unacked = 0;
}

void tunnel_script::drain(protocol::close_code code, milliseconds moment, milliseconds latest) {
  machine_->drain(code, now_ + moment, now_ + latest, now_);
  pump();
}

void tunnel_script::abort() {
  machine_->abort(now_);
  pump();
}

void tunnel_script::fail() {
  machine_->fail(now_);
  pump();
}

// Step 1 for one leg. Whether anything was written.
bool tunnel_script::write(leg which) {
  peer_state& p = peer(which);
  bool wrote = false;
  while (machine_->wants_write(which) && !p.closed && machine_->socket(which) < protocol::wire::close) {
    if (p.refuses) {
      machine_->write_failed(which, p.refuses_by_reset, now_);
      return true;
    }
    std::size_t taken = 0;
    for (const protocol::const_bytes bytes : machine_->output(which)) {
      const std::size_t n = std::min(bytes.size(), p.room);
      p.arrived.append(reinterpret_cast<const char*>(bytes.data()), n);
      if (p.room != SIZE_MAX) p.room -= n;
      taken += n;
      if (n < bytes.size()) break;
    }
    if (taken == 0) break;
    if (!p.acks) p.unacked += taken;
    machine_->sent(which, taken, now_);
    wrote = true;
  }
  return wrote;
}

void tunnel_script::close(leg which, bool by_reset) {
  peer_state& p = peer(which);
  machine_->closed(which, {.unacked = p.unacked});
  p.closed = true;
  p.was_reset = by_reset;
}

// Step 3 for one leg. Whether anything was done.
bool tunnel_script::obey(leg which) {
  peer_state& p = peer(which);
  switch (machine_->socket(which)) {
    case protocol::wire::finish:
      if (machine_->wants_write(which)) return false;
      p.fin = !p.refuses;
      if (!p.acks || p.refuses) ++p.unacked;
      machine_->fin_sent(which, now_);
      return true;
    case protocol::wire::close:
    case protocol::wire::reset:
      close(which, machine_->socket(which) == protocol::wire::reset);
      return true;
    default:
      return false;
  }
}

void tunnel_script::steps() {
  for (int round = 0;; ++round) {
    if (round == 100) throw std::runtime_error("the shell's steps do not come to an end");
    for (const leg which : both) static_cast<void>(write(which));
    machine_->settle(now_);
    std::ranges::fill(read_buffer_, std::byte{0xDD});
    most_held_ = std::max(most_held_, machine_->held_bytes());
    bool again = false;
    for (const leg which : both) again = obey(which) || again;
    // `settle` may have queued something, and a socket with room would say at once that it is writable.
    for (const leg which : both) {
      again = again || (machine_->wants_write(which) && peer(which).room > 0 && !peer(which).closed &&
                        machine_->socket(which) < protocol::wire::close);
    }
    if (!again) return;
  }
}

// One read of one leg, as long as its machine wants one and there is something to tell.
bool tunnel_script::read_one(leg which) {
  peer_state& p = peer(which);
  if (p.closed || !machine_->wants_read(which)) return false;
  if (const std::size_t size = std::min(unread(which), read_size_); size != 0) {
    read_buffer_.assign(protocol::max_header_size + size, std::byte{0xDD});
    std::memcpy(read_buffer_.data() + protocol::max_header_size, p.unread.data() + p.read, size);
    p.read += size;
    if (p.read == p.unread.size()) {
      p.unread.clear();
      p.read = 0;
    }
    machine_->received(which, std::span(read_buffer_).subspan(protocol::max_header_size), now_);
  } else if (p.ends != end::none && !p.end_told) {
    p.end_told = true;
    machine_->ended(which, p.ends == end::eof ? protocol::ending::eof : protocol::ending::reset, now_);
  } else {
    return false;
  }
  steps();
  return true;
}

void tunnel_script::rearm() {
  if (machine_->finished()) {
    armed_ = protocol::never;
  } else if (machine_->rearm()) {
    armed_ = machine_->deadline();
  } else {
    EXPECT_LE(armed_, machine_->deadline()) << "the deadline came nearer and the machine did not say so";
  }
}

void tunnel_script::pump() {
  steps();
  rearm();
  for (bool again = true; again;) {
    again = false;
    for (const leg which : both) {
      if (!read_one(which)) continue;
      again = true;
      rearm();
    }
  }
}

void tunnel_script::advance() {
  ++advances_;
  machine_->advance(now_, {.unacked = peer(client).unacked}, {.unacked = peer(upstream).unacked});
  armed_ = protocol::never;
  pump();
  if (machine_->finished()) return;
  armed_ = machine_->deadline();
  if (armed_ <= now_) throw std::runtime_error("the deadline lies in the past: a busy loop");
}

void tunnel_script::pass(milliseconds time) {
  const time_point until = now_ + time;
  pump();
  while (!machine_->finished() && armed_ <= until) {
    now_ = std::max(now_, armed_);
    advance();
  }
  now_ = until;
}

void tunnel_script::pass_until_finished(milliseconds longest) {
  const time_point until = now_ + longest;
  pump();
  while (!machine_->finished() && armed_ <= until) {
    now_ = std::max(now_, armed_);
    advance();
  }
  EXPECT_TRUE(machine_->finished()) << "not finished after " << longest.count() << " ms";
}

std::string tunnel_script::got_bytes(leg which) {
  peer_state& p = peer(which);
  std::string fresh = p.arrived.substr(p.looked_at);
  p.looked_at = p.arrived.size();
  return fresh;
}

std::vector<wire_message> tunnel_script::got(leg which) {
  try {
    return reassemble(decode(got_bytes(which)));
  } catch (const std::runtime_error& error) {
    ADD_FAILURE() << error.what();
    return {};
  }
}

const telemetry::close_record& tunnel_script::record() {
  pass_until_finished(milliseconds(20));
  return machine_->record();
}

telemetry::leg_ending ending_of(unsigned code, std::string reason, bool from_upstream) {
  return {.code = static_cast<telemetry::close_code>(code),
          .reason = std::move(reason),
          .from_upstream = from_upstream};
}

}  // namespace lastframe::support

namespace lastframe::telemetry {

std::ostream& operator<<(std::ostream& out, const leg_ending& ending) {
  return out << ending.code << " '" << ending.reason << (ending.from_upstream ? "' from upstream" : "'");
}

std::ostream& operator<<(std::ostream& out, const close_record& record) {
  out << to_string(record.by) << ", " << to_string(record.why) << "; client: ";
  if (record.client) out << *record.client;
  out << "; upstream: ";
  if (record.upstream) out << *record.upstream;
  return out;
}

}  // namespace lastframe::telemetry
