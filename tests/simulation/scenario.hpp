// What a seed decides before anything happens: settings, links, what the peers are like, what the owner does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/tunnel_machine.hpp"
#include "tests/simulation/connection.hpp"
#include "tests/simulation/ledger.hpp"

namespace lastframe::simulation {

/// How a peer's part ends, once it has sent all that it wanted to.
enum class finale : std::uint8_t {
  none,  ///< it waits for the other side
  close,
  close_empty,
  close_and_fin,   ///< Close and FIN together
  close_and_gone,  ///< Close, then the socket is closed at once
  close_and_reset,
  close_and_more,  ///< frames follow its Close
  eof,             ///< FIN without a Close, and it reads on
  gone,            ///< its socket is closed
  reset,
  mid_frame_eof,
  mid_frame_reset,
  mid_message_eof,
  huge_frame,  ///< a frame that declares far more than it will ever send
  half_frame,  ///< a frame's rest never comes, and all else goes on
  bad_mask,
  bad_rsv,
  bad_opcode,
  bad_fragmented_control,
  bad_long_control,
  bad_length,
  bad_continuation,
  bad_message_in_message,
  bad_close_byte,
  bad_close_code,
  bad_close_reason,
  too_big,   ///< a message over `max_message`, if there is one
  bad_text,  ///< a message that is not UTF-8, which the other peer refuses
  stop_reading,
  silent,     ///< it neither sends nor answers
  blackhole,  ///< nothing gets through any more, either way
};
inline constexpr std::size_t finale_count = static_cast<std::size_t>(finale::blackhole) + 1;
[[nodiscard]] std::string_view to_string(finale value) noexcept;

enum class pong_policy : std::uint8_t { all, latest, none };
enum class close_answer : std::uint8_t { echo, own_code, echo_and_fin, none, gone, reset, bad };

struct peer_plan {
  unsigned acts = 0;          ///< before its finale
  sim_time pace = 0;          ///< between them, about
  sim_time pause = 0;         ///< now and then this long
  std::uint64_t largest = 0;  ///< payload of a message
  std::uint64_t early = 0;    ///< acts before the tunnel is open
  finale last = finale::none;
  pong_policy pongs = pong_policy::all;
  close_answer answer = close_answer::echo;
  unsigned code = 1000;
  sim_time answer_delay = 0;
  sim_time read_delay = 0;
  std::size_t read_size = 0;
  sim_time patience = 0;  ///< how long it waits for a Close or FIN that is due
  bool fragments = false;
  bool pings = false;
  bool compresses = false;
};

struct owner_act {
  enum class kind : std::uint8_t {
    drain,
    abort,
    fail,
    take_budget,
    give_budget,
    stall_client,
    stall_upstream,
    reload
  };
  sim_time at;
  kind what;
  std::uint64_t number =
      0;  ///< bytes; the drain's spread; how long a stall is; what a reload makes of `buffer_limit`
};

struct scenario {
  std::uint64_t seed = 0;
  protocol::tunnel_settings settings;  ///< the tunnel's, from its beginning to its end
  protocol::tunnel_settings others;    ///< the route's before, and after a reload
  bool reloaded = false;               ///< the tunnel is the first one behind a reload
  protocol::framing rules;
  agreement agreed;
  std::uint64_t buffer_limit = 0;
  std::array<link_style, 2> links;
  std::array<peer_plan, 2> peers;
  std::vector<owner_act> owner;
  std::optional<protocol::farewell> farewell;  ///< only the client's leg opens, and gets this
  std::uint16_t drain_code = 1012;
  sim_time drain_grace = 0;  ///< from a drain to its deadline
  sim_time horizon = 0;
  sim_time poll_delay = 0;           ///< at most, until the proxy looks at a socket that is ready
  sim_time timer_delay = 0;          ///< at most, by which its timer is late
  std::size_t read_size = 64 << 10;  ///< the proxy's buffer
  bool failing_route = false;
};

/// It in words, a few lines.
[[nodiscard]] std::string describe(const scenario& what);

/// Draws all of `out` from `seed`.
void draw(std::uint64_t seed, scenario& out);

}  // namespace lastframe::simulation
