#include "proxy/http/head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastframe::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const field_list fields{{"Connection", "keep-alive, Upgrade"},
                        {"X-One", "1"},
                        {"connection", " close ,,\t"},
                        {"X-Quoted", R"(a; p="x, y", b; q="\", c", d)"},
                        {"X-Open", R"(a, "b, c)"},
                        {"X-Escape", R"(a, "b\)"},
                        {"X-Tabs", "\ta\t,\tb\t"},
                        {"x-one", "2"}};

TEST(field_list, finds_the_first_of_a_name_in_any_case) {
  EXPECT_EQ(fields.find("x-ONE"), "1");
  EXPECT_EQ(fields.find("X-On"), std::nullopt);
  EXPECT_EQ(fields.find("X-Ones"), std::nullopt);
  EXPECT_EQ(fields.find(""), std::nullopt);
}

TEST(field_list, counts_a_name_in_any_case) {
  EXPECT_EQ(fields.count("CONNECTION"), 2U);
  EXPECT_EQ(fields.count("X-Two"), 0U);
}

TEST(field_list, finds_tokens_over_all_fields_of_the_name_and_in_any_case) {
  EXPECT_TRUE(fields.has_token("Connection", "upgrade"));
  EXPECT_TRUE(fields.has_token("Connection", "CLOSE"));
  EXPECT_FALSE(fields.has_token("Connection", "keep"));
  EXPECT_FALSE(fields.has_token("Connection", ""));
  EXPECT_FALSE(fields.has_token("Upgrade", "upgrade"));
}

TEST(field_list, lists_the_members_of_all_fields_of_the_name_trimmed_and_without_empty_ones) {
  EXPECT_THAT(fields.list("connection"), ElementsAre("keep-alive", "Upgrade", "close"));
  EXPECT_THAT(fields.list("none"), IsEmpty());
}

TEST(field_list, does_not_separate_at_commas_in_quoted_strings) {
  EXPECT_THAT(fields.list("X-Quoted"), ElementsAre(R"(a; p="x, y")", R"(b; q="\", c")", "d"));
}

TEST(field_list, ends_an_open_quoted_string_with_its_field) {
  EXPECT_THAT(fields.list("X-Open"), ElementsAre("a", R"("b, c)"));
  EXPECT_THAT(fields.list("X-Escape"), ElementsAre("a", R"("b\)"));
}

TEST(field_list, trims_tabs_as_blanks) {
  EXPECT_THAT(fields.list("X-Tabs"), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace lastframe::http
