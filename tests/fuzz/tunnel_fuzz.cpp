// The whole tunnel machine under the product's driver: the input is a schedule of bytes, frames, ends,
// resets, room, acknowledgements, time, drains and faults. What the simulation checks in full is checked here
// where it is cheap.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fuzz/memory_stream.hpp"
#include "tests/fuzz/schedule.hpp"

namespace {

using namespace lastframe;
using namespace std::chrono_literals;
using fuzz::conversation;
using fuzz::expect;
using fuzz::schedule;
using fuzz::socket;
using protocol::milliseconds;
using protocol::time_point;
using telemetry::leg;

constexpr std::array both{leg::client, leg::upstream};
constexpr std::uint64_t unlimited = 1ULL << 40;
constexpr std::size_t most_sent = 1 << 20;  // by one peer, in frames that the schedule only names
constexpr milliseconds close_timeout = 5s;
constexpr milliseconds write_timeout = 20s;
constexpr milliseconds failure_delay = 5s;
constexpr milliseconds longest_spread = 10s;
// Both peers have ended and take everything: a pause before a Close, at most a write that is given up, each
// leg's wait for an answer and for its FIN, and the proxy's own patience at each.
constexpr milliseconds longest_ending = failure_delay + longest_spread + write_timeout + 4 * close_timeout;

// With a buffer that is often full, payload passes unread.
constexpr std::size_t small_read = 2'000;

class tunnel {
  using driver = session::tunnel_driver<fuzz::memory_stream>;

 public:
  explicit tunnel(schedule& plan) : plan_(plan), memory_(protocol::max_header_size + (64 << 10)) {
    draw_settings();
    const protocol::tunnel_secrets secrets{plan_.byte(), plan_.word(), plan_.word()};
    if ((secrets.client_ping & 1) != 0) memory_.resize(protocol::max_header_size + small_read);
    const std::array streams{fuzz::memory_stream(sockets_[0]), fuzz::memory_stream(sockets_[1])};
    for (socket& each : sockets_) each.room = unlimited;
    if (farewell_) {
      const protocol::farewell why{telemetry::initiator::upstream, telemetry::cause::connect_failed, 1014,
                                   "gone"};
      driver_ = std::make_unique<driver>(streams[0], streams[1], context_, why, secrets, now_);
    } else {
      driver_ = std::make_unique<driver>(streams[0], streams[1], context_, rules_, secrets, now_);
    }
    step([&] { driver_->carry_out(now_); });
  }

  void play() {
    for (int i = 0; i < 300 && !plan_.over() && !finished(); ++i) act();
    end();
    check();
  }

 private:
  [[nodiscard]] socket& at(leg which) noexcept { return sockets_[static_cast<std::size_t>(which)]; }
  [[nodiscard]] static leg other(leg which) noexcept {
    return which == leg::client ? leg::upstream : leg::client;
  }
  [[nodiscard]] protocol::tunnel_machine& machine() noexcept { return driver_->machine(); }
  [[nodiscard]] bool finished() noexcept { return machine().finished(); }
  [[nodiscard]] driver::room room() noexcept {
    return {protocol::mutable_bytes(memory_).subspan(protocol::max_header_size), pipes_};
  }

  void draw_settings() {
    const std::uint8_t flags = plan_.byte();
    rules_ = {.deflate = (flags & 1) != 0, .other_extension = (flags & 2) != 0, .split = (flags & 4) == 0};
    farewell_ = (flags & 0x78) == 0x78;
    settings_.close_timeout = close_timeout;
    settings_.write_timeout = write_timeout;
    settings_.failure_delay = failure_delay;
    if ((flags & 8) != 0) settings_.on_client_lost = protocol::close_code{1001};
    if ((flags & 16) != 0) settings_.max_message = 100'000;
    if ((flags & 32) != 0) settings_.max_lifetime = 60s;
    if ((flags & 64) != 0) settings_.client_keepalive.reset();
    if ((flags & 128) != 0) settings_.upstream_keepalive.reset();
  }

  void act() {
    const std::uint8_t what = plan_.byte();
    const leg which = both[(what >> 4) & 1];
    socket& here = at(which);
    switch (what & 15) {
      case 0:
      case 1:
        return send(which, plan_.text(plan_.byte()));
      case 2:
      case 3:
      case 4:
      case 5:
        return send_frame(which);
      case 6:
        here.ended = true;
        return look(which);
      case 7:
        here.was_reset = true;
        return look(which);
      case 8:
      case 9:
        return pass(milliseconds(plan_.byte() << (what >> 5)));
      case 10:
        here.room = (what & 32) != 0 ? unlimited : std::uint64_t{plan_.word()};
        return step([&] { driver_->writable(which, now_); });
      case 11:
        acks_ = !acks_;
        return pass(0ms);
      case 12:
        return drain(milliseconds(plan_.byte() * longest_spread / 255));
      case 13:
        here.largest_read = 1U + plan_.word();
        return;
      case 14:
        budget_.give(std::exchange(others_hold_, (what & 32) != 0 ? std::uint64_t{plan_.byte()} << 12 : 0));
        budget_.take(others_hold_);
        return pass(0ms);
      case 15:
        if ((what & 0xE0) == 0xE0) return step([&] { machine().abort(now_), driver_->carry_out(now_); });
        if ((what & 0xE0) == 0xC0) return step([&] { machine().fail(now_), driver_->carry_out(now_); });
        return pass(1s);
    }
  }

  void send(leg which, std::string_view bytes) {
    socket& here = at(which);
    if (here.ended || here.was_reset || (farewell_ && which == leg::upstream)) return;
    here.sent += bytes;
    look(which);
  }

  // A frame that is right but for what the schedule wants wrong.
  void send_frame(leg which) {
    const std::uint8_t shape = plan_.byte();
    support::wire_frame frame{.fin = (shape & 1) != 0, .rsv = (shape & 2) != 0 ? 4U : 0U};
    constexpr std::array<unsigned, 8> opcodes{1, 2, 0, 8, 9, 10, 2, 3};
    frame.opcode = opcodes[(shape >> 2) & 7];
    if (which == leg::client) frame.mask = 0x01020304U * (1U + plan_.byte());
    const std::uint8_t size = plan_.byte();
    frame.payload = std::string(plan_.text(size & 0x7F));
    if (frame.opcode <= 2 && size >= 0x80)
      frame.payload.resize(plan_.word() * ((shape & 32) != 0 ? 5U : 1U), 'x');
    if (at(which).sent.size() + frame.payload.size() > most_sent) return;
    std::string bytes = support::encode(frame);
    if ((shape & 0xC0) == 0xC0)
      bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size(), plan_.byte()));
    send(which, bytes);
  }

  void drain(milliseconds spread) {
    step([&] {
      machine().drain(1012, now_ + spread, now_ + spread + 1s, now_);
      driver_->carry_out(now_);
    });
  }

  // Reads as often as the machine wants, as a poller would have it.
  void look(leg which) {
    for (int i = 0; i < 2'000 && !finished() && at(which).readable() && driver_->wants_read(which); ++i) {
      step([&] { driver_->readable(which, room(), now_); });
      const leg opposite = other(which);
      if (!finished() && at(opposite).readable() && driver_->wants_read(opposite)) {
        step([&] { driver_->readable(opposite, room(), now_); });
      }
    }
  }

  void acknowledge() {
    for (socket& each : sockets_) {
      if (acks_ && !each.closed) each.acked = each.sequence();
    }
  }

  // The timer rings at each deadline on the way.
  void pass(milliseconds time) {
    const time_point until = now_ + time;
    for (int i = 0; i < 2'000 && !finished(); ++i) {
      for (const leg which : both) look(which);
      if (finished()) return;
      acknowledge();
      now_ = std::clamp(machine().deadline(), std::min(now_ + 1ms, until), until);
      step([&] { driver_->time_passed(room(), now_); });
      if (now_ == until) return;
    }
    now_ = std::max(now_, until);
  }

  template <class Step>
  void step(Step&& todo) {
    if (finished()) return;
    todo();
    expect(machine().held_bytes() <= 2 * (protocol::largest_piece + (64 << 10) + 1'024),
           "a leg holds at most a piece and a read");
    expect(finished() || machine().deadline() != time_point::max() ||
               !(at(leg::client).closed || at(leg::upstream).closed),
           "what is left of a tunnel has a deadline");
    if (machine().rearm()) armed_ = machine().deadline();
    expect(machine().deadline() >= armed_, "a deadline comes nearer only when the timer is to be armed anew");
  }

  void end() {
    budget_.give(std::exchange(others_hold_, 0));
    acks_ = true;
    for (socket& each : sockets_) {
      each.ended = true;
      each.room = unlimited;
      each.largest_read = 64 << 10;
    }
    for (const leg which : both) step([&] { driver_->writable(which, now_); });
    pass(longest_ending);
    expect(finished(), "a tunnel ends within its deadlines once both peers have ended");
  }

  void check() {
    const telemetry::close_record& record = machine().record();
    expect(record.client.has_value() && record.upstream.has_value() == !farewell_,
           "each leg that was open has one ending");
    for (const leg which : both) {
      const socket& here = at(which);
      const socket& there = at(other(which));
      if (farewell_ && which == leg::upstream) continue;
      expect(here.closed, "a finished tunnel has closed its sockets");
      const conversation heard(here.got);
      const conversation meant(std::string_view(there.sent).substr(0, there.read));
      expect(!heard.behind_close, "nothing follows a Close");
      if (here.finished && !here.was_reset && rules_.split && !rules_.other_extension)
        expect(heard.whole, "a FIN follows a whole frame");
      if (heard.close && here.acked >= here.got.size()) check_code(*heard.close, which);
      expect(heard.messages.size() <= meant.messages.size() &&
                 std::equal(heard.messages.begin(), heard.messages.end(), meant.messages.begin()),
             "messages pass unchanged and in order");
    }
    expect(budget_before_end() == 0, "all memory is given back");
  }

  void check_code(const std::string& payload, leg which) {
    const auto byte = [&](std::size_t i) {
      return static_cast<unsigned>(static_cast<unsigned char>(payload[i]));
    };
    const unsigned code = payload.size() < 2 ? 1005 : byte(0) << 8 | byte(1);
    const auto& ending = which == leg::client ? machine().record().client : machine().record().upstream;
    expect(ending->code == code, "a Close that was delivered is the one that is counted");
  }

  std::uint64_t budget_before_end() {
    driver_.reset();
    return budget_.held();
  }

  schedule& plan_;
  std::vector<std::byte> memory_;
  protocol::tunnel_settings settings_;
  protocol::framing rules_;
  protocol::buffer_budget budget_{1 << 20};
  telemetry::route_tally tally_;
  protocol::failure_pacer pacer_;
  protocol::tunnel_context context_{&budget_, &tally_, &pacer_, &settings_};
  std::array<socket, 2> sockets_;
  support::memory_pipe_pool pipes_;
  std::unique_ptr<driver> driver_;
  time_point now_{std::chrono::hours(1)};
  time_point armed_ = time_point::max();
  std::uint64_t others_hold_ = 0;
  bool farewell_ = false;
  bool acks_ = true;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8 || size > 16'384) return 0;
  schedule plan(std::string_view(reinterpret_cast<const char*>(data), size));
  tunnel(plan).play();
  return 0;
}
