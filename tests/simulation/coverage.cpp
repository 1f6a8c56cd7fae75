#include "tests/simulation/coverage.hpp"

#include <algorithm>
#include <cstdio>

namespace lastframe::simulation {

namespace {

using telemetry::cause;
using telemetry::initiator;

std::string row(initiator by, cause why, const std::string& more = {}) {
  return std::string(to_string(by)) + " " + std::string(to_string(why)) + more;
}

bool is_lost_client(initiator by, cause why) {
  return by == initiator::client && why != cause::close_frame;
}

// How a peer that sent a Close learnt of its end.
const char* answer_in(const world& played) {
  const std::size_t which = played.seen().record().by == initiator::client ? client : upstream;
  const ledger& back = played.sent_by(other(which));
  if (back.close_end() == 0) return ", gone before an answer";
  return back.close_relayed() ? ", answered" : ", echoed";
}

constexpr const char* owners_doing[] = {"owner: drain",
                                        "owner: abort",
                                        "owner: fault",
                                        "owner: takes memory",
                                        "owner: gives memory",
                                        "network: client link stalls",
                                        "network: upstream link stalls",
                                        "owner: reload"};

}  // namespace

// Each row of DESIGN §4 that a tunnel can reach once it is open, and those of a leg that is opened to be
// closed.
coverage::coverage() {
  for (const initiator by : {initiator::client, initiator::upstream}) {
    for (const char* what : {", answered", ", echoed", ", gone before an answer"}) {
      rows_[row(by, cause::close_frame, what)];
    }
    for (const cause why :
         {cause::eof, cause::reset, cause::ping_timeout, cause::write_timeout, cause::protocol_error}) {
      if (!is_lost_client(by, why)) {
        rows_[row(by, why)];
        continue;
      }
      rows_[row(by, why, ", upstream is dropped")];
      rows_[row(by, why, ", upstream is closed")];
    }
  }
  for (const cause why :
       {cause::message_too_big, cause::max_lifetime, cause::drain, cause::overload, cause::internal_error}) {
    rows_[row(initiator::proxy, why)];
  }
  rows_[row(initiator::proxy, cause::drain, ", upstream ended")];
  for (const cause why : {cause::connect_failed, cause::connect_timeout, cause::handshake_timeout,
                          cause::bad_response, cause::tls}) {
    rows_[row(initiator::upstream, why, ", before the 101")];
  }
  rows_[row(initiator::proxy, cause::overload, ", before the 101")];
  rows_[row(initiator::proxy, cause::drain, ", before the 101")];
  for (const std::size_t which : {client, upstream}) {
    for (std::size_t i = 1; i < finale_count; ++i) {
      faults_[std::string(name_of(which)) + ": " + std::string(to_string(static_cast<finale>(i)))];
    }
  }
  for (const char* what : owners_doing) faults_[what];
  for (const char* what : {"opened behind a reload", "frame split", "own Ping", "write failed",
                           "unread bytes destroyed", "payload passed unread"})
    faults_[what];
}

void coverage::add(const world& played, const verdict& result) {
  steps_.push_back(static_cast<std::uint32_t>(result.steps));
  const telemetry::close_record& r = played.seen().record();
  const bool drained = r.why == cause::drain && played.seen().first();
  const std::string more = played.what().farewell                  ? ", before the 101"
                           : r.why == cause::close_frame           ? answer_in(played)
                           : drained                               ? ", upstream ended"
                           : !is_lost_client(r.by, r.why)          ? ""
                           : played.what().settings.on_client_lost ? ", upstream is closed"
                                                                   : ", upstream is dropped";
  count(rows_, row(r.by, r.why, more));
  add_faults(played);
}

void coverage::add_faults(const world& played) {
  for (const std::size_t which : {client, upstream}) {
    const finale last = played.what().peers[which].last;
    if (played.peer_of(which).had_finale() && last != finale::none) {
      count(faults_, std::string(name_of(which)) + ": " + std::string(to_string(last)));
    }
    if (played.sent_by(which).split_frames() != 0) count(faults_, "frame split");
    const auto& pings = played.sent_by(which).pings();
    if (std::ranges::any_of(pings, &ledger::ping::own)) count(faults_, "own Ping");
    if (played.wire(which).destroyed()) count(faults_, "unread bytes destroyed");
    if (played.seen().write_failed(which)) count(faults_, "write failed");
    if (played.passed_unread(which) != 0) count(faults_, "payload passed unread");
  }
  if (played.what().reloaded) count(faults_, "opened behind a reload");
  for (const owner_act& act : played.what().owner)
    count(faults_, owners_doing[static_cast<std::size_t>(act.what)]);
}

void coverage::merge(const coverage& other) {
  for (const auto& [what, n] : other.rows_) rows_[what] += n;
  for (const auto& [what, n] : other.faults_) faults_[what] += n;
  steps_.insert(steps_.end(), other.steps_.begin(), other.steps_.end());
}

std::uint64_t coverage::median_steps() const {
  if (steps_.empty()) return 0;
  std::vector<std::uint32_t> sorted = steps_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

std::vector<std::string> coverage::never_seen() const {
  std::vector<std::string> names;
  for (const counts* each : {&rows_, &faults_}) {
    for (const auto& [what, n] : *each) {
      if (n == 0) names.push_back(what);
    }
  }
  return names;
}

void coverage::print() const {
  for (const counts* each : {&rows_, &faults_}) {
    std::printf("\n%s\n", each == &rows_ ? "initiator and cause" : "what happened");
    for (const auto& [what, n] : *each) {
      std::printf("  %10llu  %s\n", static_cast<unsigned long long>(n), what.c_str());
    }
  }
}

}  // namespace lastframe::simulation
