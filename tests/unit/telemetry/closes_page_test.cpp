#include "telemetry/closes_page.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "telemetry/closes_query.hpp"
#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using nlohmann::json;
using std::chrono::seconds;

tunnel_summary at(seconds after_noon) {
  tunnel_summary tunnel = closed_by_upstream(1000, "a \"reason\"\n");
  tunnel.time = noon() + after_noon;
  tunnel.id = static_cast<std::uint64_t>(after_noon.count());
  return tunnel;
}

json page(std::vector<worker_closes> answers, std::size_t workers, std::size_t limit = 100) {
  return json::parse(closes_page(std::move(answers), workers, limit, two_routes(), noon()));
}

TEST(closes_page, merges_the_workers_closes_newest_first) {
  const json shown =
      page({{{at(seconds{5}), at(seconds{2})}, {}}, {{at(seconds{4}), at(seconds{3})}, {}}}, 2);
  std::vector<int> ids;
  for (const json& close : shown.at("closes")) ids.push_back(close.at("tunnel"));
  EXPECT_EQ(ids, (std::vector<int>{5, 4, 3, 2}));
  EXPECT_EQ(shown.at("closes")[0].at("client_reason"), "a \"reason\"\n");
}

TEST(closes_page, shows_no_more_than_asked_for) {
  const json shown = page({{{at(seconds{5}), at(seconds{2})}, {}}, {{at(seconds{4})}, {}}}, 2, 2);
  ASSERT_EQ(shown.at("closes").size(), 2U);
  EXPECT_EQ(shown.at("closes")[1].at("tunnel"), 4);
}

TEST(closes_page, says_where_the_next_page_begins_only_if_there_is_more) {
  const auto three = [] {
    return std::vector<worker_closes>{{{at(seconds{5}), at(seconds{2})}, {}}, {{at(seconds{4})}, {}}};
  };
  const json first = page(three(), 2, 2);
  EXPECT_EQ(first.at("next"), to_string(closes_cursor{noon() + seconds{4}, 4}));
  EXPECT_TRUE(page(three(), 2, 3).at("next").is_null());
  EXPECT_TRUE(page(three(), 2, 0).at("next").is_null());
}

TEST(closes_page, adds_up_the_workers_windows) {
  const auto start = std::chrono::floor<seconds>(noon());
  const json shown =
      page({{{}, {{start, {{leg::client, 1000, 2}}}}},
            {{}, {{start - seconds{10}, {{leg::upstream, 0, 1}}}, {start, {{leg::client, 1000, 3}}}}}},
           2);
  EXPECT_EQ(shown.at("window_seconds"), 10);
  EXPECT_EQ(shown.at("windows"), json::parse(R"([
    {"start": "2026-11-21T11:59:50.000Z", "counts": [{"leg": "upstream", "code": "other", "count": 1}]},
    {"start": "2026-11-21T12:00:00.000Z", "counts": [{"leg": "client", "code": "1000", "count": 5}]}])"));
}

TEST(closes_page, says_how_many_workers_answered) {
  const json shown = page({{}}, 3);
  EXPECT_EQ(shown.at("workers"), 3);
  EXPECT_EQ(shown.at("workers_answered"), 1);
  EXPECT_TRUE(shown.at("closes").empty());
  EXPECT_TRUE(shown.at("windows").empty());
}

}  // namespace
}  // namespace lastframe::telemetry
