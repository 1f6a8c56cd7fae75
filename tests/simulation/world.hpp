// One seed's tunnel: the product's driver and machine between two model peers, over simulated sockets and
// time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/session/driver.hpp"
#include "tests/simulation/observer.hpp"
#include "tests/simulation/peer.hpp"
#include "tests/support/memory_pipe.hpp"

namespace lastframe::simulation {

class world;

/// A fault that is planted between driver and network, to show that it is found.
enum class plant : std::uint8_t {
  none,
  flip_byte,     ///< of what is written
  drop_close,    ///< a Close is taken and not sent
  swallow_pong,  ///< of a peer's
  double_frame,  ///< a frame is sent twice
  drop_message,  ///< a whole frame is taken and not sent
  deaf_to_acks,  ///< nothing counts as acknowledged
  no_timer,      ///< the timer never fires
  wrong_code,    ///< the record's code
  wrong_cause,   ///< the record's cause
  late_reload,   ///< a tunnel begins with what was in force before
  deep_reload,   ///< a reload reaches open tunnels
};

/// What the product's driver needs of a stream.
class sim_stream {
 public:
  sim_stream(world& owner, std::size_t which) noexcept : world_(&owner), which_(which) {}

  [[nodiscard]] net::io_result read(protocol::mutable_bytes into);
  [[nodiscard]] bool read_fin();
  [[nodiscard]] net::io_result write(const std::array<protocol::const_bytes, 2>& from, bool more = false);
  using pipe = support::memory_pipe;
  using pipe_pool = support::memory_pipe_pool;
  [[nodiscard]] bool moves() const noexcept;
  [[nodiscard]] net::io_result move_to(pipe& to, std::size_t n);
  [[nodiscard]] net::io_result move_from(pipe& from, std::size_t n);
  [[nodiscard]] std::uint64_t unacked() const;
  void shutdown_send();
  void close();
  void reset();

 private:
  world* world_;
  std::size_t which_;
};

inline constexpr std::size_t plant_count = static_cast<std::size_t>(plant::deep_reload) + 1;

/// How a seed ended.
struct verdict {
  bool passed = false;
  std::string why;  ///< which promise was broken, if one was
  std::uint64_t steps = 0;
};

/// May be used for one seed after the other: its memory is kept.
class world {
 public:
  world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Plays a seed to its end. With `traced` its schedule goes to standard output.
  verdict play(std::uint64_t seed, plant fault = plant::none, bool traced = false);

  // What the last seed was, and came to.
  [[nodiscard]] const scenario& what() const noexcept { return scenario_; }
  [[nodiscard]] const observer& seen() const noexcept { return observer_; }
  [[nodiscard]] const peer& peer_of(std::size_t which) const noexcept { return peers_[which]; }
  [[nodiscard]] const connection& wire(std::size_t which) const noexcept { return wires_[which]; }
  [[nodiscard]] const ledger& sent_by(std::size_t which) const noexcept { return ledgers_[which]; }
  /// How many bytes a peer got that the proxy never read.
  [[nodiscard]] std::uint64_t passed_unread(std::size_t to) const noexcept { return passed_unread_[to]; }

 private:
  friend class sim_stream;
  using driver = session::tunnel_driver<sim_stream>;
  static constexpr std::size_t read_buffer = 64 << 10;

  void open();
  void feed_ahead(std::size_t which, std::uint64_t acts);
  void run();
  void handle(const event& e);
  void poll();
  void timer(std::uint64_t number);
  void horizon(std::uint64_t round);
  template <class Step>
  void call(const char* name, Step&& todo) {
    if (trace_.on()) trace_.say("proxy", name);
    ++steps_;
    observer_.budget_is(budget_->exhausted());
    observer_.call_begins();
    todo();
    after_call();
  }
  void after_call();
  void plan_poll();
  void tell_of_room();
  [[nodiscard]] static protocol::time_point as_time(sim_time at);
  [[nodiscard]] protocol::time_point clock() const;
  [[nodiscard]] protocol::mutable_bytes buffer() noexcept;
  [[nodiscard]] driver::room room() noexcept;
  void finish();
  void trace_state() const;

  // world_owner.cpp: what the tunnel's owner does
  void owner_acts(owner_act act);
  void drain(owner_act act);
  void put_in_force(const protocol::tunnel_settings& settings);
  void reload(owner_act act);

  // world_stream.cpp: the streams' calls
  net::io_result read(std::size_t which, protocol::mutable_bytes into);
  net::io_result write(std::size_t which, const std::array<protocol::const_bytes, 2>& from);
  std::size_t write_with_fault(std::size_t which, std::string bytes);

  agenda agenda_;
  trace trace_{agenda_, false};
  scenario scenario_;
  std::array<connection, 2> wires_;
  std::array<ledger, 2> ledgers_;
  std::array<peer, 2> peers_;
  observer observer_;
  std::optional<protocol::buffer_budget> budget_;
  telemetry::route_tally tally_;
  protocol::failure_pacer pacer_;
  /// A route's settings, and what its tunnels share: gone with the last of them, once others are in force.
  struct revision {
    protocol::tunnel_settings settings;
    protocol::tunnel_context context;
  };
  std::shared_ptr<revision> in_force_;
  std::shared_ptr<revision> held_;  // by the open tunnel
  support::memory_pipe_pool pipes_;
  std::optional<driver> driver_;
  std::vector<std::byte> memory_;
  random random_{0};
  plant fault_ = plant::none;
  std::uint64_t budget_taken_ = 0;
  std::uint64_t timer_number_ = 0;
  std::uint64_t steps_ = 0;
  std::array<std::uint64_t, 2> passed_unread_{};
  std::array<unsigned, 2> events_{};  // that the poller has for each leg
  std::array<bool, 2> lacks_room_{};  // the last write was not taken in full
  bool timer_armed_ = false;
  bool poll_planned_ = false;
  bool planted_ = false;
};

}  // namespace lastframe::simulation
