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

}  // namespace
}  // namespace lastframe::telemetry
