#include "telemetry/logger.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/telemetry/pipe.hpp"

namespace lastframe::telemetry {
namespace {

using nlohmann::json;

TEST(logger, writes_level_message_and_fields_as_json) {
  pipe_pair pipe;
  log_output out{pipe.writer()};
  logger log{out, log_format::json, log_level::info};
  log.warning("it happened",
              {{"text", "a\nb"}, {"size", std::size_t{5}}, {"delta", -3}, {"on", true}, {"part", 0.5}});
  json line = json::parse(pipe.read_line());
  EXPECT_EQ(line.at("time").get<std::string>().size(), 24U);
  line.erase("time");
  EXPECT_EQ(line, json::parse(R"({"level": "warning", "message": "it happened", "text": "a\nb", "size": 5,
                                  "delta": -3, "on": true, "part": 0.5})"));
}

TEST(logger, writes_pairs_as_text) {
  pipe_pair pipe;
  log_output out{pipe.writer()};
  logger log{out, log_format::text, log_level::info};
  log.info("listening", {{"address", "127.0.0.1:8080"}, {"why", "no reason"}});
  const std::string line = pipe.read_line();
  EXPECT_EQ(line.substr(line.find(' ')),
            " level=info message=listening address=127.0.0.1:8080 why=\"no reason\"");
}

TEST(logger, writes_nothing_below_its_level) {
  pipe_pair pipe;
  log_output out{pipe.writer()};
  logger log{out, log_format::text, log_level::warning};
  log.debug("no");
  log.info("no");
  log.error("yes");
  EXPECT_NE(pipe.read_line().find("message=yes"), std::string::npos);
}

TEST(logger, cuts_long_text) {
  pipe_pair pipe;
  log_output out{pipe.writer()};
  logger log{out, log_format::json, log_level::info};
  log.info("m", {{"long", std::string(100'000, 'x')}});
  EXPECT_LT(pipe.read_line().size(), 1'200U);
}

TEST(logger, tells_of_a_flood_when_its_period_is_over_though_nothing_more_is_logged) {
  pipe_pair pipe;
  log_output out{pipe.writer()};
  logger log{out, log_format::json, log_level::info, {3, std::chrono::milliseconds{1'000}}};
  for (int i = 0; i < 50; ++i) log.error("flood", {{"i", i}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(json::parse(pipe.read_line()).at("i"), i);
  const json told = json::parse(pipe.read_line());
  EXPECT_EQ(told.at("message"), "lines suppressed");
  EXPECT_EQ(told.at("level"), "error");
  EXPECT_EQ(told.at("of"), "flood");
  EXPECT_EQ(told.at("lines"), 47);
}

TEST(logger, tells_of_a_flood_at_its_end) {
  pipe_pair pipe;
  log_output out{pipe.writer()};
  {
    logger log{out, log_format::json, log_level::info};
    for (int i = 0; i < 25; ++i) log.warning("flood");
  }
  for (int i = 0; i < 10; ++i) EXPECT_EQ(json::parse(pipe.read_line()).at("message"), "flood");
  EXPECT_EQ(json::parse(pipe.read_line()).at("lines"), 15);
}

TEST(logger, writes_every_line_of_information) {
  pipe_pair pipe;
  log_output out{pipe.writer()};
  logger log{out, log_format::json, log_level::debug};
  for (int i = 0; i < 100; ++i) log.info("closes", {{"i", i}});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(json::parse(pipe.read_line()).at("i"), i);
}

}  // namespace
}  // namespace lastframe::telemetry
