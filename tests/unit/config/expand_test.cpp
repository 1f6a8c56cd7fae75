#include "proxy/config/expand.hpp"

#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

const variable_lookup& variables() {
  static const variable_lookup lookup =
      around_of({{"HOST", "example.com"}, {"EMPTY", ""}, {"NESTED", "${HOST}"}, {"_a1", "x"}}).variable;
  return lookup;
}

std::string text_of(std::string_view scalar) {
  const expanded result = expand(scalar, variables());
  EXPECT_THAT(result.errors, IsEmpty());
  return result.text;
}

strings errors_of(std::string_view scalar) {
  return expand(scalar, variables()).errors;
}

TEST(config_expand, leaves_a_text_without_variables_alone) {
  EXPECT_EQ(text_of("127.0.0.1:8080 {a} }"), "127.0.0.1:8080 {a} }");
  EXPECT_EQ(text_of(""), "");
}

TEST(config_expand, replaces_variables_anywhere_in_a_text) {
  EXPECT_EQ(text_of("${HOST}"), "example.com");
  EXPECT_EQ(text_of("a.${HOST}:${_a1}0"), "a.example.com:x0");
  EXPECT_EQ(text_of("${HOST}${HOST}"), "example.comexample.com");
}

TEST(config_expand, takes_the_default_of_an_unset_or_empty_variable) {
  EXPECT_EQ(text_of("${NOPE:-0.0.0.0:8080}"), "0.0.0.0:8080");
  EXPECT_EQ(text_of("${EMPTY:-x}"), "x");
  EXPECT_EQ(text_of("${HOST:-x}"), "example.com");
  EXPECT_EQ(text_of("${NOPE:-}"), "");
  EXPECT_EQ(text_of("${NOPE:-a:-b}"), "a:-b");
}

TEST(config_expand, takes_an_empty_variable_as_it_is_without_a_default) {
  EXPECT_EQ(text_of("a${EMPTY}b"), "ab");
}

TEST(config_expand, makes_a_dollar_sign_of_two) {
  EXPECT_EQ(text_of("$$"), "$");
  EXPECT_EQ(text_of("$${HOST}"), "${HOST}");
  EXPECT_EQ(text_of("$$$$${_a1}"), "$$x");
}

TEST(config_expand, does_not_expand_what_a_variable_contains) {
  EXPECT_EQ(text_of("${NESTED}"), "${HOST}");
}

TEST(config_expand, refuses_an_unset_variable_without_a_default) {
  EXPECT_THAT(errors_of("${NOPE}"), ElementsAre("the environment variable \"NOPE\" is not set; "
                                                "`${NOPE:-default}` would give it a default"));
}

TEST(config_expand, reports_every_unset_variable_of_a_text) {
  EXPECT_THAT(errors_of("${ONE}:${TWO}"), ElementsAre(HasSubstr("\"ONE\""), HasSubstr("\"TWO\"")));
}

TEST(config_expand, refuses_names_that_no_variable_has) {
  EXPECT_THAT(errors_of("${}"), ElementsAre(HasSubstr("no name")));
  EXPECT_THAT(errors_of("${1A}"), ElementsAre(HasSubstr("no name")));
  EXPECT_THAT(errors_of("${A-B}"), ElementsAre(HasSubstr("no name")));
  EXPECT_THAT(errors_of("${HOST:+x}"), ElementsAre(HasSubstr("no name")));
}

TEST(config_expand, refuses_a_dollar_sign_that_begins_nothing) {
  EXPECT_THAT(errors_of("$HOST"), ElementsAre(HasSubstr("`$$` is a dollar sign")));
  EXPECT_THAT(errors_of("a$"), ElementsAre(HasSubstr("`$$` is a dollar sign")));
  EXPECT_THAT(errors_of("${HOST"), ElementsAre(HasSubstr("`$$` is a dollar sign")));
}

TEST(config_expand, refuses_a_variable_inside_of_a_default) {
  EXPECT_THAT(errors_of("${NOPE:-${HOST}}"), ElementsAre(HasSubstr("a default contains no `$`")));
}

}  // namespace
}  // namespace lastframe::config
