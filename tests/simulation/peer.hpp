// A model client or service: a strict RFC 6455 endpoint with a plan, and with every bad habit that plan says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulation/connection.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/scenario.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/support/reference/receiver.hpp"

namespace lastframe::simulation {

/// A message under way from a peer.
struct outgoing_message {
  std::string payload;  // as it goes out
  std::uint64_t offset = 0;
  unsigned opcode = 0;
  unsigned rsv = 0;
  unsigned fragments = 0;  // left to be sent
  bool begun = false;
  bool bad_text = false;
  std::uint64_t plain_begin = 0;
};

/// One of a tunnel's two endpoints, on the peer side of its connection.
class peer {
 public:
  /// `mine`: what this peer sends; `theirs`: what is sent to it.
  peer(std::size_t which, agenda& plan, connection& wire, ledger& mine, ledger& theirs,
       const trace& log) noexcept
      : which_(which), agenda_(&plan), wire_(&wire), mine_(&mine), theirs_(&theirs), trace_(&log) {}

  void begin(const peer_plan& plan, const agreement& agreed, std::uint64_t seed);

  /// One act before the tunnel is open.
  void send_early();

  // Events.
  void act();
  void look();
  void leave();
  void answer();
  /// Something changed at its socket.
  void notice();
  /// Whatever it waits for: it closes, or with `hard` goes away.
  void come_to_an_end(bool hard);

  // What it could tell of itself.
  /// RFC 6455 §7.1.5, and the code that it sent itself where none came back (DESIGN §5).
  [[nodiscard]] unsigned reported() const noexcept;
  [[nodiscard]] const std::optional<reference::close_info>& got_close() const noexcept {
    return in_->close();
  }
  [[nodiscard]] bool sent_close() const noexcept { return sent_close_.has_value(); }
  [[nodiscard]] bool reads() const noexcept { return reads_; }
  /// It refused what it got, and looks at nothing more.
  [[nodiscard]] bool failed() const noexcept { return in_->failure_code() != 0; }
  /// It closed or reset its own socket.
  [[nodiscard]] bool left() const noexcept { return left_; }
  [[nodiscard]] bool had_finale() const noexcept { return had_finale_; }

 private:
  // peer.cpp
  void take(std::string_view bytes);
  void on_message(const reference::received& r);
  void on_ping(std::string_view payload);
  void on_close();
  void on_end(bool by_reset);
  void close_handshake_done();
  void plan_act(sim_time after);
  void plan_leave(sim_time after);
  void quit(bool by_reset);
  // peer_sends.cpp
  void send_something();
  void begin_message(std::uint64_t size, bool bad_text);
  void send_fragment();
  void send_frame(reference::frame_head head, std::string_view payload, bool violates = false,
                  reference::length_form form = reference::length_form::shortest);
  void send_control(unsigned opcode, std::string_view payload);
  void send_ping();
  void send_close(unsigned code, std::string_view reason = {});
  void send_pongs();
  void send_reserved();
  [[nodiscard]] reference::frame_head head_for(unsigned opcode, std::uint64_t length) noexcept;
  [[nodiscard]] std::uint64_t draw_size();
  // peer_finale.cpp
  void finish();
  void finish_by_close(finale how);
  void finish_inside_frame(finale how);
  void violate(finale how);
  void violate_by_control(finale how);
  void violate_by_close(finale how);
  void violate_by_message(finale how);
  void send_too_big();
  void send_fin();

  std::size_t which_;
  agenda* agenda_;
  connection* wire_;
  ledger* mine_;
  ledger* theirs_;
  const trace* trace_;
  peer_plan plan_;
  agreement agreed_;
  random random_{0};
  std::optional<reference::receiver> in_;
  std::optional<outgoing_message> open_;
  std::optional<unsigned> sent_close_;
  std::string scratch_;
  std::string pong_;  // the latest Ping's payload that is still to be answered
  std::size_t got_ = 0;
  unsigned acts_left_ = 0;
  unsigned pings_sent_ = 0;
  bool pong_due_ = false;
  bool reads_ = true;
  bool sends_ = true;  // it may still put bytes on the wire
  bool mute_ = false;
  bool left_ = false;
  bool had_finale_ = false;
  bool look_planned_ = false;
  bool answer_planned_ = false;
};

}  // namespace lastframe::simulation
