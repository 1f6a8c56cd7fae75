#include "proxy/session/admission.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace lastframe::session {
namespace {

using kind = admission::kind;

TEST(admission, fills_its_places_from_the_best_to_none) {
  admission places(2, 1);
  std::vector<admission::ticket> taken;
  for (const kind expected : {kind::full, kind::full, kind::closing}) {
    taken.push_back(places.enter());
    EXPECT_EQ(taken.back().what(), expected);
  }
  for (std::size_t i = 0; i < admission::most_refused; ++i) {
    taken.push_back(places.enter());
    EXPECT_EQ(taken.back().what(), kind::refused);
  }
  EXPECT_EQ(places.enter().what(), kind::none);
  EXPECT_EQ(places.held(), 3 + admission::most_refused);
}

TEST(admission, takes_back_the_place_of_a_ticket_that_goes) {
  admission places(1, 1);
  admission::ticket first = places.enter();
  const admission::ticket second = places.enter();
  first = admission::ticket();
  EXPECT_EQ(places.held(), 1U);
  EXPECT_EQ(places.enter().what(), kind::full);
}

TEST(admission, takes_nobody_s_place_where_there_are_fewer_and_gives_none_until_they_are_left) {
  admission places(3, 1);
  std::vector<admission::ticket> taken(3);
  for (admission::ticket& each : taken) each = places.enter();
  places.limit(2, 5);
  EXPECT_EQ(places.held(), 3U);
  EXPECT_EQ(places.enter().what(), kind::closing);
  taken.pop_back();
  EXPECT_EQ(places.enter().what(), kind::closing);
  taken.pop_back();
  EXPECT_EQ(places.enter().what(), kind::full);
  places.limit(4, 0);
  EXPECT_EQ(places.enter().what(), kind::full);
}

TEST(closing_places, are_as_many_as_configured_while_descriptors_allow) {
  EXPECT_EQ(closing_places(1'000, 100'000, 200, 1'000'000), 1'000U);
  EXPECT_EQ(closing_places(0, 100, 200, 1'000'000), 0U);
}

TEST(closing_places, with_all_the_others_never_need_more_descriptors_than_there_are) {
  // As `connections: auto` has it: all but 256, two each.
  for (const std::size_t descriptors : {1'024U, 20'000U, 200'256U}) {
    const std::size_t connections = (descriptors - 256) / 2;
    const std::size_t places = closing_places(1'000, connections, 100, descriptors);
    EXPECT_LE(2 * connections + places + admission::most_refused + 100, descriptors);
    EXPECT_GE(places, 90U);
  }
}

TEST(closing_places, are_a_few_even_where_nothing_is_left) {
  EXPECT_EQ(closing_places(1'000, 400, 300, 1'024), 16U);
  EXPECT_EQ(closing_places(1'000, 1'000, 100, 1'024), 16U);
}

}  // namespace
}  // namespace lastframe::session
