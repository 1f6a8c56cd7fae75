#include "telemetry/closes_query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

closes_query parsed(std::string_view query) {
  auto given = parse_closes_query(std::string{"/closes"}.append(query), two_routes(), 1'000);
  if (const auto* const fault = std::get_if<std::string>(&given)) ADD_FAILURE() << *fault;
  return std::get<closes_query>(std::move(given));
}

std::string refused(std::string_view query) {
  const auto given = parse_closes_query(std::string{"/closes"}.append(query), two_routes(), 1'000);
  const auto* const fault = std::get_if<std::string>(&given);
  return fault == nullptr ? "it was accepted" : *fault;
}

TEST(closes_query, asks_for_all_that_is_kept_when_it_says_nothing) {
  for (const char* const query : {"", "?", "?&"}) {
    const closes_query all = parsed(query);
    EXPECT_EQ(all.limit, 1'000U);
    EXPECT_TRUE(all.matches(closed_by_upstream(4999)));
    EXPECT_TRUE(all.matches(failed_upstream(2)));
  }
}

TEST(closes_query, finds_a_code_on_either_leg) {
  tunnel_summary tunnel = closed_by_upstream(1000);
  tunnel.ending.client->code = 1006;
  EXPECT_TRUE(parsed("?code=1006").matches(tunnel));
  EXPECT_TRUE(parsed("?code=1000").matches(tunnel));
  EXPECT_FALSE(parsed("?code=1014").matches(tunnel));
  EXPECT_TRUE(parsed("?code=1014,1006").matches(tunnel));
  EXPECT_TRUE(parsed("?code=1014&code=1006").matches(tunnel));
  EXPECT_TRUE(parsed("?code=1014%2C1006").matches(tunnel));
}

TEST(closes_query, finds_a_code_on_the_leg_that_it_names_only) {
  tunnel_summary tunnel = closed_by_upstream(1000);
  tunnel.ending.client->code = 1006;
  EXPECT_TRUE(parsed("?code=1006&leg=client").matches(tunnel));
  EXPECT_FALSE(parsed("?code=1006&leg=upstream").matches(tunnel));
}

TEST(closes_query, finds_tunnels_of_which_a_leg_had_opened) {
  EXPECT_TRUE(parsed("?leg=client").matches(failed_upstream()));
  EXPECT_FALSE(parsed("?leg=upstream").matches(failed_upstream()));
}

TEST(closes_query, narrows_counts_by_route_cause_and_initiator_and_not_by_code_or_leg) {
  const close_key lost{0, leg::client, 1006, initiator::client, cause::eof};
  EXPECT_FALSE(parsed("").counts_filter());
  EXPECT_FALSE(parsed("?code=1000&leg=upstream").counts_filter());
  EXPECT_TRUE(parsed("?route=chat&cause=eof&initiator=client&code=1000").counts_filter()(lost));
  for (const char* const query : {"?route=feed", "?cause=reset", "?initiator=proxy", "?route=none"})
    EXPECT_FALSE(parsed(query).counts_filter()(lost)) << query;
}

TEST(closes_query, finds_routes_causes_and_initiators) {
  EXPECT_TRUE(parsed("?route=feed").matches(lost_client(1)));
  EXPECT_FALSE(parsed("?route=feed").matches(lost_client(0)));
  EXPECT_TRUE(parsed("?route=none").matches(lost_client(no_route)));
  EXPECT_TRUE(parsed("?cause=reset,eof").matches(lost_client()));
  EXPECT_FALSE(parsed("?cause=reset").matches(lost_client()));
  EXPECT_TRUE(parsed("?initiator=client").matches(lost_client()));
  EXPECT_FALSE(parsed("?initiator=proxy").matches(lost_client()));
}

TEST(closes_query, needs_all_of_its_filters_to_match) {
  EXPECT_TRUE(parsed("?code=1006&route=chat&cause=eof").matches(lost_client()));
  EXPECT_FALSE(parsed("?code=1006&route=feed&cause=eof").matches(lost_client()));
  EXPECT_FALSE(parsed("?code=1000&route=chat&cause=eof").matches(lost_client()));
}

TEST(closes_query, goes_on_behind_a_cursor_by_time_and_then_by_tunnel) {
  const tunnel_summary at = closed_by_upstream(1000);
  const closes_query after = parsed("?before=" + to_string(closes_cursor{at.time, at.id}));
  ASSERT_TRUE(after.before);
  EXPECT_EQ(*after.before, (closes_cursor{at.time, at.id}));
  EXPECT_FALSE(after.matches(at));
  tunnel_summary other = at;
  other.id = at.id - 1;
  EXPECT_TRUE(after.matches(other));
  other.id = at.id + 1;
  EXPECT_FALSE(after.matches(other));
  other.time -= seconds{1};
  EXPECT_TRUE(after.matches(other));
}

TEST(closes_query, never_asks_for_more_than_the_most) {
  EXPECT_EQ(parsed("?limit=5").limit, 5U);
  EXPECT_EQ(parsed("?limit=0").limit, 0U);
  EXPECT_EQ(parsed("?limit=5000").limit, 1'000U);
}

TEST(closes_query, says_what_there_is_instead_of_what_it_does_not_know) {
  EXPECT_THAT(refused("?route=chta"), HasSubstr("\"chta\"; there are chat, feed, none"));
  EXPECT_THAT(refused("?cause=EOF"), HasSubstr("there are close_frame, eof, reset"));
  EXPECT_THAT(refused("?leg=both"), HasSubstr("there are client, upstream"));
  EXPECT_THAT(refused("?initiator=me"), HasSubstr("there are client, upstream, proxy"));
  EXPECT_THAT(refused("?colour=red"), HasSubstr("\"colour\"; there are code, route"));
}

TEST(closes_query, refuses_what_is_no_number_whole) {
  for (const char* const query :
       {"?code=", "?code=x", "?code=1000x", "?code=70000", "?code=-1", "?code=1000,,1001", "?limit=nonsense",
        "?limit=-1", "?limit=", "?before=", "?before=1", "?before=1-", "?before=x-1",
        "?before=99999999999999999999-1"}) {
    EXPECT_THAT(refused(query), HasSubstr("no such value")) << query;
  }
}

TEST(closes_query, escapes_and_cuts_what_it_repeats) {
  const std::string fault = refused("?route=%0a%1b[31m" + std::string(10'000, 'x'));
  EXPECT_LT(fault.size(), 200U);
  EXPECT_EQ(fault.find('\n'), fault.size() - 1);
  EXPECT_EQ(fault.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace lastframe::telemetry
