// Plays shell, sockets and both peers around a tunnel machine, in simulated time. A test says what the peers
// do
// (`send`, `finish`, `reset`), what their sockets take (`stall`, `resume`) and acknowledge (`mute`,
// `unmute`), and how time passes (`pass`); it then looks at what each peer `got` and at the `record`. After
// every input the steps of `tunnel_machine`'s comment are carried out to the letter. On the way it checks
// what must always hold, and fails the test otherwise: the deadline that was armed is never later than the
// machine's without `rearm`; time moves on from deadline to deadline; no socket is closed while the peer's
// bytes lie unread, if not reset.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/tunnel_machine.hpp"
#include "tests/support/wire.hpp"

namespace lastframe::support {

using protocol::milliseconds;
using protocol::time_point;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using telemetry::cause;
using telemetry::initiator;
using telemetry::leg;

inline constexpr leg client = leg::client;
inline constexpr leg upstream = leg::upstream;

/// What a script's tunnel is made of; the defaults are the configuration's.
struct tunnel_options {
  protocol::tunnel_settings settings{};
  protocol::framing rules{};
  std::uint64_t buffer_limit = 256 << 20;
  std::optional<protocol::farewell> farewell{};  ///< only the client leg is open, and gets this
  std::uint64_t secret = 0x5EC2E7;
};

/// A tunnel's machine between two scripted peers.
class tunnel_script {
 public:
  explicit tunnel_script(tunnel_options options = {});
  tunnel_script(const tunnel_script&) = delete;
  tunnel_script& operator=(const tunnel_script&) = delete;

  // What peers do. Bytes wait until the machine wants to read them, and ends behind them.
  void send(leg from, std::string_view bytes);
  void finish(leg from);                                ///< FIN
  void reset(leg from);                                 ///< RST; what it sent before can still be read
  void break_writes(leg which, bool by_reset = false);  ///< from now on its socket refuses to be written to

  // What sockets do.
  void stall(leg which, std::size_t room = 0);        ///< takes `room` more bytes and then no more
  void resume(leg which);                             ///< takes everything again
  void mute(leg which) { peer(which).acks = false; }  ///< bytes are taken, and never acknowledged
  void unmute(leg which);
  /// How many bytes one read yields at most; 64 KiB at first.
  void read_size(std::size_t bytes) { read_size_ = bytes; }

  // What the proxy's owner does.
  void drain(protocol::close_code code, milliseconds moment, milliseconds latest);
  void abort();
  void fail();

  /// Lets time pass, from deadline to deadline.
  void pass(milliseconds time);
  /// Lets time pass until the tunnel is finished; fails the test if it is not within `longest`.
  void pass_until_finished(milliseconds longest);

  /// What arrived at a peer since this was last asked.
  [[nodiscard]] std::string got_bytes(leg which);
  /// The same as messages and control frames; fails the test if it does not end with a frame.
  [[nodiscard]] std::vector<wire_message> got(leg which);
  /// All that ever arrived at a peer.
  [[nodiscard]] const std::string& all_bytes(leg which) const { return peer(which).arrived; }

  [[nodiscard]] bool saw_fin(leg which) const { return peer(which).fin; }
  [[nodiscard]] bool is_closed(leg which) const { return peer(which).closed; }
  [[nodiscard]] bool was_reset(leg which) const { return peer(which).was_reset; }
  [[nodiscard]] std::size_t unread(leg from) const { return peer(from).unread.size() - peer(from).read; }
  [[nodiscard]] bool finished() const { return machine_->finished(); }
  /// The record; fails the test if the tunnel does not finish at once, or within the moment in which sockets
  /// are looked at for the last acknowledgement.
  [[nodiscard]] const telemetry::close_record& record();

  [[nodiscard]] time_point now() const { return now_; }
  [[nodiscard]] milliseconds elapsed() const {
    return std::chrono::duration_cast<milliseconds>(now_ - start_);
  }
  [[nodiscard]] protocol::tunnel_machine& machine() { return *machine_; }
  [[nodiscard]] telemetry::route_tally& tally() { return tally_; }
  [[nodiscard]] protocol::buffer_budget& budget() { return budget_; }
  [[nodiscard]] protocol::failure_pacer& pacer() { return pacer_; }
  [[nodiscard]] std::size_t advances() const { return advances_; }
  /// The most that the machine ever held after a step.
  [[nodiscard]] std::size_t most_held() const { return most_held_; }

 private:
  enum class end : std::uint8_t { none, eof, reset };

  struct peer_state {
    std::string unread;  // sent, and from `read` on not yet read by the machine
    std::size_t read = 0;
    end ends = end::none;
    bool end_told = false;
    std::string arrived;
    std::size_t looked_at = 0;
    std::size_t room = SIZE_MAX;
    std::uint64_t unacked = 0;
    bool acks = true;
    bool refuses = false;
    bool refuses_by_reset = false;
    bool fin = false;
    bool closed = false;
    bool was_reset = false;
  };

  [[nodiscard]] peer_state& peer(leg which) { return peers_[static_cast<std::size_t>(which)]; }
  [[nodiscard]] const peer_state& peer(leg which) const { return peers_[static_cast<std::size_t>(which)]; }
  void steps();
  [[nodiscard]] bool write(leg which);
  [[nodiscard]] bool obey(leg which);
  void close(leg which, bool by_reset);
  [[nodiscard]] bool read_one(leg which);
  void pump();
  void rearm();
  void advance();

  tunnel_options options_;
  protocol::buffer_budget budget_;
  telemetry::route_tally tally_;
  protocol::failure_pacer pacer_;
  protocol::tunnel_context context_;
  time_point start_{hours(1)};
  time_point now_ = start_;
  time_point armed_ = protocol::never;
  std::array<peer_state, 2> peers_;
  std::vector<std::byte> read_buffer_;
  std::size_t read_size_ = 64 << 10;
  std::size_t advances_ = 0;
  std::size_t most_held_ = 0;
  std::unique_ptr<protocol::tunnel_machine> machine_;
};

/// One leg's ending as a record has it, to compare with.
[[nodiscard]] telemetry::leg_ending ending_of(unsigned code, std::string reason = {},
                                              bool from_upstream = false);

}  // namespace lastframe::support

namespace lastframe::telemetry {
std::ostream& operator<<(std::ostream& out, const leg_ending& ending);
std::ostream& operator<<(std::ostream& out, const close_record& record);
inline std::ostream& operator<<(std::ostream& out, initiator value) {
  return out << to_string(value);
}
inline std::ostream& operator<<(std::ostream& out, cause value) {
  return out << to_string(value);
}
}  // namespace lastframe::telemetry
