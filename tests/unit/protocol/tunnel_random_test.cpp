// Random schedules of bytes, partial writes, ends, faults and time: what must hold in each of them.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/unit/protocol/tunnel_words.hpp"

namespace lastframe::support {
namespace {

constexpr std::uint64_t first_seed = 1;
constexpr std::size_t schedules = 20'000;
constexpr std::size_t bound_per_direction = (256 << 10) + (64 << 10) + 512;

// One random tunnel and what happens to it.
class schedule {
 public:
  explicit schedule(std::uint64_t seed) : random_(seed), options_(options(seed)), t_(options_) {
    t_.read_size(below(4) == 0 ? 1 + below(1'000) : 64 << 10);
  }

  void run() {
    const std::size_t steps = 5 + below(40);
    for (std::size_t i = 0; i < steps && !t_.finished(); ++i) step();
    // Whatever happened: once a leg has ended and the proxy's patience is over, nothing is left.
    for (const leg which : {client, upstream}) t_.resume(which);
    t_.finish(client);
    t_.finish(upstream);
    t_.pass_until_finished(minutes(15));
    check();
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }

  tunnel_options options(std::uint64_t seed) {
    tunnel_options o;
    o.secret = seed;
    o.rules.deflate = below(4) == 0;
    o.rules.split = below(4) != 0;
    if (below(4) == 0) o.settings.max_message = 1 + below(100'000);
    if (below(4) == 0) o.settings.max_lifetime = milliseconds(1 + below(100'000));
    if (below(3) == 0) o.settings.on_client_lost = 1001;
    if (below(4) == 0) o.settings.client_keepalive.reset();
    if (below(4) == 0) o.settings.upstream_keepalive = {.interval = 1s, .timeout = 3s};
    if (below(4) == 0) o.buffer_limit = 64 << 10;
    return o;
  }

  std::string frame(leg from) {
    wire_frame f;
    f.opcode = static_cast<unsigned>(below(3) == 0 ? 8 + below(3) : below(3));
    // Mostly what belongs here, so that schedules come far.
    if (f.opcode <= 2 && below(10) != 0) f.opcode = open_[index(from)] ? 0 : 1 + f.opcode % 2;
    f.fin = f.opcode > 2 ? below(50) != 0 : below(3) != 0;
    if (f.opcode <= 2) open_[index(from)] = !f.fin;
    if (f.opcode == 8 && below(3) != 0) f.opcode = 9;
    if (below(60) == 0) f.rsv = static_cast<unsigned>(below(8));
    const std::size_t large[] = {0, 5, 125, 126, 5'000, 20'000, 70'000};
    const std::size_t most = f.opcode > 2 ? 126 + (below(60) == 0 ? 1 : 0) : large[below(7)] + 1;
    f.payload = f.opcode == 8 ? close_payload(static_cast<unsigned>(1000 + (below(5) == 0 ? below(4000) : 0)),
                                              "because")
                              : std::string(below(most), static_cast<char>('a' + below(26)));
    if (f.opcode == 8 && below(20) == 0) f.payload.resize(below(3));
    if ((from == client) != (below(80) == 0)) f.mask = static_cast<std::uint32_t>(random_());
    return encode(f);
  }

  // Answers as a peer would: Pings with Pongs, a Close with its echo.
  void answer(leg which) {
    std::vector<wire_frame> frames;
    wire_decoder& decoder = seen_[index(which)];
    const std::size_t before = decoder.frames().size();
    decoder.feed(t_.got_bytes(which));
    for (std::size_t i = before; i < decoder.frames().size(); ++i) {
      const wire_frame& f = decoder.frames()[i];
      if (f.opcode != 8 && f.opcode != 9) continue;
      const unsigned opcode = f.opcode == 9 ? 10 : 8;
      t_.send(which, which == client ? masked(opcode, f.payload) : unmasked(opcode, f.payload));
    }
  }

  void step() {
    const leg which = below(2) == 0 ? client : upstream;
    const std::size_t kind = below(100);
    if (kind < 45) {
      const std::string bytes = frame(which);
      t_.send(which, below(30) == 0 ? bytes.substr(0, below(bytes.size() + 1)) : bytes);
    } else if (kind < 62) {
      t_.pass(milliseconds(below(4) == 0 ? below(200'000) : below(8'000)));
    } else if (kind < 77) {
      answer(which);
    } else if (kind < 82) {
      t_.stall(which, below(3) == 0 ? 0 : below(300));
    } else if (kind < 87) {
      t_.resume(which);
    } else if (kind < 89) {
      below(2) == 0 ? t_.mute(which) : t_.unmute(which);
    } else if (kind < 91) {
      t_.finish(which);
    } else if (kind < 93) {
      t_.reset(which);
    } else if (kind < 94) {
      t_.break_writes(which, below(2) == 0);
    } else if (kind < 96) {
      t_.drain(1012, milliseconds(below(10'000)), milliseconds(below(20'000)));
    } else if (kind < 97) {
      below(2) == 0 ? t_.fail() : t_.abort();
    } else {
      std::string noise(below(30), '\0');
      for (char& c : noise) c = static_cast<char>(random_());
      t_.send(which, noise);
    }
  }

  void check() {
    for (const leg which : {client, upstream}) {
      wire_decoder all;
      all.feed(t_.all_bytes(which));  // throws if a length is not minimal
      // Half a frame is left only by a leg that was cut, or whose socket refused the rest, or lost its end.
      EXPECT_TRUE(all.at_boundary() || !t_.saw_fin(which) || !options_.rules.split) << to_string(which);
      const auto closes = std::count_if(all.frames().begin(), all.frames().end(),
                                        [](const wire_frame& f) { return f.opcode == 8; });
      EXPECT_LE(closes, 1) << to_string(which);
      EXPECT_TRUE(closes == 0 || all.frames().back().opcode == 8) << "R7";
      for (const wire_frame& f : all.frames()) EXPECT_EQ(f.mask.has_value(), which == upstream);
      static_cast<void>(reassemble(all.frames()));  // throws if fragments do not fit
    }
    EXPECT_LE(t_.most_held(), 2 * bound_per_direction);
    EXPECT_EQ(t_.budget().held(), 0U);
    EXPECT_LT(t_.advances(), 5'000U);
    const telemetry::close_record& record = t_.record();
    ASSERT_TRUE(record.client && record.upstream);
    for (const auto& ending : {*record.client, *record.upstream}) {
      EXPECT_TRUE(protocol::may_be_sent(ending.code) || ending.code == 1005 || ending.code == 1006) << ending;
    }
  }

  static std::size_t index(leg which) { return static_cast<std::size_t>(which); }

  std::mt19937_64 random_;
  tunnel_options options_;
  tunnel_script t_;
  std::array<bool, 2> open_{};
  std::array<wire_decoder, 2> seen_;
};

// The first seed of all; LASTFRAME_SEED=n plays another one, such as a failure names.
TEST(tunnel_random, plays_a_single_seed_again) {
  const char* const seed = std::getenv("LASTFRAME_SEED");
  schedule(seed == nullptr ? first_seed : std::strtoull(seed, nullptr, 10)).run();
}

class tunnel_random_shares : public testing::TestWithParam<std::size_t> {};

TEST_P(tunnel_random_shares, holds_its_promises_in_every_schedule) {
  constexpr std::size_t share = schedules / 20;
  const std::uint64_t begin = first_seed + GetParam() * share;
  for (std::uint64_t seed = begin; seed < begin + share; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    try {
      schedule(seed).run();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(all, tunnel_random_shares, testing::Range<std::size_t>(0, 20));

}  // namespace
}  // namespace lastframe::support
