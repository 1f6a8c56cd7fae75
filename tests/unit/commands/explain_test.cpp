#include "proxy/explain.hpp"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastframe {
namespace {

using testing::HasSubstr;

std::string explained(telemetry::close_code code) {
  std::ostringstream out;
  return explain(out, code) ? out.str() : "nothing" + out.str();
}

TEST(explain, says_meaning_sender_and_what_to_do) {
  const std::string text = explained(1014);
  EXPECT_THAT(text, testing::StartsWith("1014 bad_gateway\n"));
  for (const char* part : {"\nmeaning ", "\nsent by ", "\noperator ", "\nclient "}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(explain, says_which_codes_are_only_counted) {
  EXPECT_THAT(explained(1006), HasSubstr("only counted"));
  EXPECT_THAT(explained(1000), Not(HasSubstr("only counted")));
}

TEST(explain, explains_a_code_without_an_entry_by_its_range) {
  EXPECT_THAT(explained(4001), HasSubstr("4001 "));
  EXPECT_THAT(explained(4001), HasSubstr("-4999)"));
}

TEST(explain, knows_no_codes_outside_of_all_ranges) {
  EXPECT_EQ(explained(999), "nothing");
  EXPECT_EQ(explained(5000), "nothing");
}

TEST(explain, keeps_its_lines_short) {
  std::ostringstream out;
  explain_all(out);
  explain(out, 1006);
  std::istringstream lines{out.str()};
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(explain, lists_every_registered_code) {
  std::ostringstream out;
  explain_all(out);
  for (int code = 1000; code <= 1015; ++code) {
    EXPECT_THAT("\n" + out.str(), HasSubstr("\n" + std::to_string(code) + " "));
  }
}

}  // namespace
}  // namespace lastframe
