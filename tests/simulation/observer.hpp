// Watches one tunnel from outside, at its sockets and between its steps, and holds it to DESIGN R1-R10, §4,
// §5. What must come out is worked out from what the peers did and what the network delivered, never from
// what the machine says of itself; only the moment at which it began to end is taken from there, and judged.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/connection.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/peer.hpp"
#include "tests/simulation/scenario.hpp"

namespace lastframe::simulation {

/// What ended a tunnel, as far as its input shows it.
struct first_fault {
  enum class kind : std::uint8_t { close, violation, too_big, eof, reset };
  std::size_t which = 0;
  kind what = kind::close;
  std::uint64_t call = 0;  ///< the driver's call in which it was read
};

/// What the observer found out about one leg's end.
struct leg_end {
  unsigned code = 1006;  ///< that must be counted
  std::string reason;
  bool delivered = false;  ///< a Close was, as far as the proxy can know
  bool got = false;        ///< the peer's Close was read and understood
  bool by_reset = false;
  bool was_reset = false;  ///< by the peer
  bool had_time = false;   ///< its system had the Close for as long as the proxy waits
  bool lingered = false;   ///< closed because its FIN did not come in time
};

class observer {
 public:
  observer(const agenda& plan, std::array<connection, 2>& wires, std::array<ledger, 2>& ledgers) noexcept
      : agenda_(&plan), wires_(&wires), ledgers_(&ledgers) {}

  void begin(const scenario& what);

  // The driver's calls, and what it does to the streams in them.
  void call_begins() noexcept;
  void will_read(std::size_t which, const protocol::tunnel_machine& machine) const;
  void did_read(std::size_t which, outcome how);
  void did_write(std::size_t which, outcome how);
  void did_shut_down(std::size_t which);
  void will_close(std::size_t which, bool by_reset);
  void call_ends(const protocol::tunnel_machine& machine);
  /// The client leg alone was opened: it ends as `why` says.
  void opened_to_close(const protocol::farewell& why) noexcept;

  /// Segments or acknowledgements reached the proxy.
  void network_moved(std::size_t which) noexcept;

  // The owner's.
  void drained(sim_time moment, sim_time latest) noexcept;
  void aborted() noexcept { aborted_ = true; }
  void failed() noexcept { failed_ = true; }
  void budget_is(bool exhausted) noexcept;

  /// The machine has yielded its record.
  void finished(const telemetry::close_record& record);
  /// All that was under way has arrived.
  void all_quiet(const std::array<peer, 2>& peers) const;

  [[nodiscard]] bool ended() const noexcept { return ended_at_ >= 0; }
  [[nodiscard]] const std::optional<first_fault>& first() const noexcept { return first_; }
  [[nodiscard]] bool write_failed(std::size_t which) const noexcept {
    return legs_[which].write_reset_at >= 0;
  }
  [[nodiscard]] const telemetry::close_record& record() const noexcept { return record_; }

 private:
  struct leg_facts {
    sim_time read_at = 0;  ///< when bytes were last read
    sim_time write_reset_at = -1;
    sim_time close_read_at = -1;   ///< the peer's
    sim_time close_acked_at = -1;  ///< the one written to it
    sim_time ended_at = -1;        ///< when its FIN or reset was read
    sim_time fin_at = -1;          ///< when the proxy's FIN was queued
    sim_time frame_since = -1;     ///< since when an unfinished frame is known
    std::size_t frames_begun = 0;
    std::uint64_t taken_before_call = 0;
    std::uint64_t taken_before_end = 0;
    std::size_t pings = 0;
    bool close_seen = false;
    bool opened = true;
  };

  [[nodiscard]] std::uint64_t taken(std::size_t which) const noexcept {
    return (*wires_)[which].from(peer_side).taken;
  }
  [[nodiscard]] sim_time now() const noexcept { return agenda_->now(); }
  void note_first(std::size_t which, first_fault::kind what) noexcept;
  // observer.cpp
  void check_complete(std::size_t to) const;
  void check_memory(const protocol::tunnel_machine& machine) const;
  void check_own_ping(std::size_t to) const;
  void check_deadlines() const;
  void check_pings_come(std::size_t to) const;
  void check_order(std::size_t last) const;
  [[nodiscard]] std::optional<std::size_t> first_in_turn() const noexcept;
  [[nodiscard]] std::uint64_t owed_up_to(std::size_t from) const noexcept;
  // observer_cause.cpp
  void judge_cause(telemetry::initiator by, telemetry::cause why) const;
  [[nodiscard]] bool matches_first(telemetry::initiator by, telemetry::cause why) const;
  [[nodiscard]] bool matches_clock(telemetry::initiator by, telemetry::cause why) const;
  [[nodiscard]] bool ping_timed_out(std::size_t which) const;
  [[nodiscard]] bool write_timed_out(std::size_t which) const;
  [[nodiscard]] bool write_failed_long_ago(std::size_t which) const;
  // observer_code.cpp
  struct row {
    unsigned code = 0;
    bool passed_on = false;  ///< the other peer's Close, byte for byte
  };
  [[nodiscard]] row row_of(std::size_t which) const;
  void check_row(std::size_t which) const;
  void check_reported(std::size_t which, const peer& p) const;

  const agenda* agenda_;
  std::array<connection, 2>* wires_;
  std::array<ledger, 2>* ledgers_;
  const scenario* scenario_ = nullptr;
  std::array<leg_facts, 2> legs_{};
  std::array<leg_end, 2> ends_{};
  std::optional<first_fault> first_;
  telemetry::close_record record_;
  telemetry::initiator by_{};
  telemetry::cause why_{};
  std::uint64_t call_ = 0;
  sim_time call_at_ = -1;
  unsigned idle_calls_ = 0;
  sim_time ended_at_ = -1;
  sim_time drain_moment_ = -1;
  sim_time drain_latest_ = -1;
  bool aborted_ = false;
  bool failed_ = false;
  sim_time budget_changed_at_ = 0;
  bool exhausted_ = false;
};

}  // namespace lastframe::simulation
