// Messages that come together: a run of them is one unit, and all else is as if they came one by one.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/protocol/relay_driver.hpp"

namespace lastframe::protocol {
namespace {

using namespace support;
constexpr auto upstream = telemetry::leg::upstream;

struct follower {
  const char* what;
  std::string bytes;
  framing rules{};
};

std::ostream& operator<<(std::ostream& out, const follower& f) {
  return out << f.what;
}

class run_of_messages : public testing::TestWithParam<follower> {
 protected:
  static constexpr std::uint64_t max_message = 40'000;
  static std::vector<std::string> small() { return {unmasked(1, "one"), unmasked(2, std::string(300, 'x'))}; }
};

TEST_P(run_of_messages, changes_nothing_but_the_number_of_units) {
  relay_driver together(upstream, GetParam().rules, max_message);
  relay_driver apart(upstream, GetParam().rules, max_message);
  std::string sent;
  for (const std::string& frame : {small()[0], small()[1], GetParam().bytes, small()[0], small()[1]}) {
    apart.feed(frame);
    sent += frame;
  }
  together.feed(sent);
  EXPECT_TRUE(together.out() == apart.out());
  EXPECT_EQ(together.why(), apart.why());
  EXPECT_EQ((*together).received().frames, (*apart).received().frames);
  EXPECT_EQ((*together).received().messages, (*apart).received().messages);
  EXPECT_EQ((*together).received().payload_bytes, (*apart).received().payload_bytes);
  EXPECT_EQ((*together).inside_message(), (*apart).inside_message());
  EXPECT_EQ((*together).unfinished(), (*apart).unfinished());
  EXPECT_LT(together.kinds().size(), apart.kinds().size());
}

TEST_P(run_of_messages, is_one_unit_before_it) {
  relay_driver r(upstream, GetParam().rules, max_message);
  const std::string run = small()[0] + small()[1];
  r.feed(run + GetParam().bytes);
  ASSERT_FALSE(r.sizes().empty());
  EXPECT_EQ(r.sizes().front(), run.size());
}

INSTANTIATE_TEST_SUITE_P(
    all, run_of_messages,
    testing::Values(follower{"a_ping", unmasked(9, "?")}, follower{"a_close", unmasked_close(1000)},
                    follower{"a_fragmented_message",
                             encode({.fin = false, .opcode = 1, .payload = "a"}) + unmasked(0, "b")},
                    follower{"a_large_frame", unmasked(2, std::string(hold + 1, 'y'))},
                    follower{"a_message_too_big", unmasked(2, std::string(50'000, 'y'))},
                    follower{"a_continuation_of_nothing", unmasked(0, "b")},
                    follower{"a_masked_frame", masked(1, "b")},
                    follower{"a_reserved_bit", encode({.rsv = 4, .opcode = 1, .payload = "a"})},
                    follower{"a_reserved_opcode", unmasked(3, "a")},
                    follower{"an_opcode_of_an_extension", unmasked(3, "a"), {.other_extension = true}},
                    follower{"a_length_that_is_not_minimal", std::string("\x82\x7e\0\x05hello", 9)}),
    [](const auto& given) { return std::string(given.param.what); });

TEST(relay_runs, take_compressed_messages_where_that_was_agreed) {
  const std::string sent = encode({.rsv = 4, .opcode = 1, .payload = "a"}) + unmasked(1, "plain") +
                           encode({.rsv = 4, .opcode = 2, .payload = "b"});
  relay_driver r(upstream, {.deflate = true});
  r.feed(sent);
  EXPECT_TRUE(r.out() == sent);
  EXPECT_EQ(r.kinds().size(), 1U);
}

TEST(relay_runs, leave_what_is_larger_than_a_message_may_be) {
  relay_driver r(upstream, {}, 100);
  r.feed(unmasked(1, "small") + unmasked(1, std::string(101, 'x')));
  EXPECT_EQ(r.kinds(), (std::vector{unit_kind::data, unit_kind::too_big}));
}

TEST(relay_runs, end_where_data_is_discarded) {
  relay_driver r(upstream);
  (*r).discard();
  r.feed(unmasked(1, "a") + unmasked(1, "b") + unmasked(9, "?"));
  EXPECT_EQ(r.kinds(), (std::vector{unit_kind::control}));
  EXPECT_EQ((*r).received().messages, 2U);
}

}  // namespace
}  // namespace lastframe::protocol
