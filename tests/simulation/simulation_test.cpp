// That the simulation can fail, and that a seed is all there is to a schedule.
#include <ostream>

#include <gtest/gtest.h>

#include "tests/simulation/world.hpp"

namespace lastframe::simulation {
namespace {

TEST(simulation, plays_a_seed_the_same_every_time) {
  world one;
  world another;
  static_cast<void>(another.play(1'000));  // what a world played before leaves no trace
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const verdict first = one.play(seed);
    const verdict again = another.play(seed);
    ASSERT_TRUE(first.passed) << "seed " << seed << ": " << first.why;
    EXPECT_EQ(first.steps, again.steps) << "seed " << seed;
    EXPECT_EQ(one.seen().record(), another.seen().record()) << "seed " << seed;
    for (const std::size_t which : {client, upstream}) {
      EXPECT_EQ(one.wire(which).from(proxy_side).data, another.wire(which).from(proxy_side).data);
    }
  }
}

struct planted {
  plant fault;
  const char* name;
  const char* promise;  ///< a part of what must be found broken
};

void PrintTo(const planted& p, std::ostream* out) {
  *out << p.name;
}

class simulation_finds : public testing::TestWithParam<planted> {};

TEST_P(simulation_finds, a_planted_fault) {
  world one;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const verdict v = one.play(seed, GetParam().fault);
    if (v.passed) continue;
    EXPECT_NE(v.why.find(GetParam().promise), std::string::npos) << "seed " << seed << ": " << v.why;
    return;
  }
  FAIL() << "300 seeds hold though " << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(all, simulation_finds,
                         testing::Values(planted{plant::flip_byte, "a_byte_of_payload_is_flipped", "R2"},
                                         planted{plant::drop_close, "a_close_is_dropped", "is counted"},
                                         planted{plant::swallow_pong, "a_peers_pong_is_swallowed", ""},
                                         planted{plant::double_frame, "a_frame_is_sent_twice", ""},
                                         planted{plant::drop_message, "a_message_is_dropped", ""},
                                         planted{plant::deaf_to_acks, "acknowledgements_are_not_seen", ""},
                                         planted{plant::no_timer, "the_timer_never_fires", "end"},
                                         planted{plant::wrong_code, "another_code_is_recorded", "§5"},
                                         planted{plant::wrong_cause, "another_cause_is_recorded", "§5"},
                                         planted{plant::late_reload,
                                                 "a_tunnel_begins_with_settings_of_before", ""},
                                         planted{plant::deep_reload, "a_reload_reaches_open_tunnels", ""}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace lastframe::simulation
