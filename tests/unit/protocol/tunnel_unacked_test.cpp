// Progress where nothing ever waits in the proxy: the socket takes all, and its peer acknowledges nothing
// (R4).
#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

tunnel_options without_keepalive() {
  tunnel_options options;
  options.settings.write_timeout = 10s;
  options.settings.client_keepalive.reset();
  options.settings.upstream_keepalive.reset();
  return options;
}

TEST(tunnel_unacked, resets_a_peer_that_acknowledges_nothing_although_its_socket_has_room) {
  tunnel_script t(without_keepalive());
  t.mute(client);
  t.send(upstream, unmasked(1, "x"));
  t.pass(13s);
  EXPECT_TRUE(t.was_reset(client));
}

TEST(tunnel_unacked, looks_at_a_busy_tunnel_as_seldom_as_at_a_quiet_one) {
  tunnel_script t(without_keepalive());
  for (int i = 0; i < 10'000; ++i) {
    t.send(upstream, unmasked(1, "x"));
    t.pass(1ms);
  }
  EXPECT_LE(t.advances(), 5U);
  EXPECT_FALSE(t.is_closed(client));
}

TEST(tunnel_unacked, closes_a_leg_that_has_ended_soon_after_it_acknowledges_the_last_bytes) {
  tunnel_script t;
  t.mute(upstream);
  t.send(client, masked(1, "x"));
  t.finish(client);
  t.finish(upstream);
  t.pass(1s);
  EXPECT_TRUE(t.saw_fin(upstream));
  EXPECT_FALSE(t.is_closed(upstream));
  t.unmute(upstream);
  t.pass(300ms);
  EXPECT_TRUE(t.is_closed(upstream));
}

}  // namespace
}  // namespace lastframe::support
