// What a seed decided, in words.
#include <sstream>

#include "tests/simulation/scenario.hpp"

namespace lastframe::simulation {

namespace {

std::string words(const std::optional<protocol::keepalive_settings>& k) {
  if (!k) return "off";
  return std::to_string(k->interval.count()) + "+" + std::to_string(k->timeout.count()) + " ms";
}

void describe_link(std::ostream& out, const link_style& s) {
  out << "delay " << s.delay << "+" << s.jitter << " us, acknowledges after " << s.ack_delay
      << " us, buffers " << s.send_buffer << " > " << s.receive_buffer[1] << ", " << s.receive_buffer[0]
      << " <, segments " << s.segment << (s.short_writes ? ", short writes" : "")
      << (s.plain ? "" : ", not plain") << (s.reset_discards ? ", a reset discards" : "") << "\n";
}

void describe_peer(std::ostream& out, const peer_plan& p) {
  out << p.acts << " acts every " << p.pace << " us, up to " << p.largest << " bytes, then "
      << to_string(p.last) << "; pongs " << static_cast<int>(p.pongs) << ", answers a Close in way "
      << static_cast<int>(p.answer) << " after " << p.answer_delay << " us, reads " << p.read_size
      << " within " << p.read_delay << " us, patience " << p.patience << " us\n";
}

}  // namespace

std::string_view to_string(finale value) noexcept {
  constexpr std::array<std::string_view, finale_count> names{"none",
                                                             "close",
                                                             "close_empty",
                                                             "close_and_fin",
                                                             "close_and_gone",
                                                             "close_and_reset",
                                                             "close_and_more",
                                                             "eof",
                                                             "gone",
                                                             "reset",
                                                             "mid_frame_eof",
                                                             "mid_frame_reset",
                                                             "mid_message_eof",
                                                             "huge_frame",
                                                             "half_frame",
                                                             "bad_mask",
                                                             "bad_rsv",
                                                             "bad_opcode",
                                                             "bad_fragmented_control",
                                                             "bad_long_control",
                                                             "bad_length",
                                                             "bad_continuation",
                                                             "bad_message_in_message",
                                                             "bad_close_byte",
                                                             "bad_close_code",
                                                             "bad_close_reason",
                                                             "too_big",
                                                             "bad_text",
                                                             "stop_reading",
                                                             "silent",
                                                             "blackhole"};
  return names[static_cast<std::size_t>(value)];
}

std::string describe(const scenario& what) {
  const protocol::tunnel_settings& s = what.settings;
  std::ostringstream out;
  out << "keepalive " << words(s.client_keepalive) << ", " << words(s.upstream_keepalive)
      << "; write_timeout " << s.write_timeout.count() << " ms, close_timeout " << s.close_timeout.count()
      << " ms";
  if (s.max_message) out << ", max_message " << *s.max_message;
  if (s.max_lifetime) out << ", max_lifetime " << s.max_lifetime->count() << " ms";
  if (s.on_client_lost) out << ", on_client_lost " << *s.on_client_lost;
  out << (s.split ? ", split" : ", preserve") << ", extension " << static_cast<int>(what.agreed.extension)
      << ", buffer_bytes " << what.buffer_limit << (what.reloaded ? ", behind a reload" : "")
      << (what.farewell ? ", opened to be closed" : "") << "\n";
  for (const std::size_t which : {client, upstream}) {
    out << (which == client ? "client: " : "upstream: ");
    describe_link(out, what.links[which]);
    out << "  ";
    describe_peer(out, what.peers[which]);
  }
  return out.str();
}

}  // namespace lastframe::simulation
