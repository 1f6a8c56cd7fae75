// Positions, syntax, repeated keys: what a file is before its keys mean anything.
#include "proxy/config/document.hpp"

#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

struct read_text_result {
  node_ptr root;
  strings faults;
};

read_text_result read(const std::string& text) {
  fault_list faults{"f"};
  read_text_result result{read_document(text, around_of({{"A", "x"}}).variable, faults), {}};
  for (const fault& each : faults.take()) {
    result.faults.push_back(to_string(each));
  }
  return result;
}

TEST(config_document, keeps_the_place_of_every_node) {
  const auto [root, faults] = read("a: 1\nb:\n  - x\n  - {c: y}\n");
  ASSERT_TRUE(root);
  EXPECT_THAT(faults, IsEmpty());
  ASSERT_EQ(root->pairs.size(), 2U);
  EXPECT_EQ(root->where, (position{1, 1}));
  EXPECT_EQ(root->pairs[0].second->where, (position{1, 4}));
  const node& list = *root->pairs[1].second;
  EXPECT_EQ(list.where, (position{3, 3}));
  EXPECT_EQ(list.items.at(0)->where, (position{3, 5}));
  EXPECT_EQ(list.items.at(1)->where, (position{4, 5}));
  EXPECT_EQ(list.items.at(1)->pairs.at(0).second->where, (position{4, 9}));
}

TEST(config_document, keeps_repeated_keys) {
  EXPECT_EQ(read("a: 1\na: 2\n").root->pairs.size(), 2U);
}

TEST(config_document, expands_values_and_keys) {
  const auto [root, faults] = read("${A}: \"${A}y\"\n");
  EXPECT_EQ(root->pairs.at(0).first->text, "x");
  EXPECT_EQ(root->pairs.at(0).second->text, "xy");
}

TEST(config_document, shares_the_node_that_an_alias_names) {
  const auto [root, faults] = read("a: &k {b: 1}\nc: *k\n");
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_EQ(root->pairs.at(0).second, root->pairs.at(1).second);
}

TEST(config_document, does_not_multiply_what_aliases_repeat) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 64; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + " , " + before + " ]\n";
  }
  EXPECT_EQ(read(text).root->pairs.size(), 64U);
}

TEST(config_document, refuses_an_alias_inside_of_what_it_names) {
  EXPECT_THAT(read("a: &k [*k ]\n").faults, ElementsAre("f:1:8: an alias stands inside of what it names"));
}

TEST(config_document, refuses_a_second_document) {
  EXPECT_THAT(read("a: 1\n---\nb: 1\n").faults,
              ElementsAre("f:2:1: a second document begins here; a configuration is one document"));
}

TEST(config_document, reads_no_more_than_a_second_document_where_the_parser_finds_them_without_end) {
  EXPECT_THAT(read(",a: 1\n").faults,
              ElementsAre("f:1:1: a second document begins here; a configuration is one document"));
}

TEST(config_document, refuses_tags) {
  EXPECT_THAT(read("a: !env X\n").faults,
              ElementsAre("f:1:4: \"!env\": tags are not used in a configuration"));
}

TEST(config_document, takes_an_empty_file_for_nothing) {
  for (const char* text : {"", "\n", "# only a comment\n"}) {
    const auto [root, faults] = read(text);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->type, node::kind::null);
    EXPECT_EQ(root->where, (position{1, 1}));
    EXPECT_THAT(faults, IsEmpty());
  }
}

TEST(config_document, says_where_the_syntax_is_broken) {
  const auto [root, faults] = read("a: 1\n\tb: 2\n");
  EXPECT_FALSE(root);
  EXPECT_THAT(faults, ElementsAre(testing::StartsWith("f:2:1: not YAML: illegal tab")));
}

TEST(config_document, says_that_variables_in_flow_style_want_quotes) {
  EXPECT_THAT(read("a: [${A}:3000]\n").faults,
              testing::Contains(HasSubstr("between [ ] or { }, put a text with ${NAME} in quotes")));
  EXPECT_EQ(read("a: [\"${A}:3000\"]\n").root->pairs.at(0).second->items.at(0)->text, "x:3000");
}

TEST(config_document, says_that_brackets_want_quotes) {
  EXPECT_THAT(read("a: [::1]:80\n").faults, ElementsAre(HasSubstr("put an address with [ ] in quotes")));
}

TEST(config_document, refuses_nesting_that_would_exhaust_the_stack) {
  const auto [root, faults] = read(std::string(100'000, '['));
  EXPECT_FALSE(root);
  EXPECT_EQ(faults.size(), 1U);
}

TEST(config_fault, is_one_line_whatever_it_quotes) {
  EXPECT_EQ(in_quotes("a\nb\x7f"), "\"a\\x0ab\\x7f\"");
  EXPECT_EQ(in_quotes(std::string(81, 'x')), "\"" + std::string(80, 'x') + "…\"");
}

TEST(config_fault, of_a_whole_file_has_no_line) {
  EXPECT_EQ(to_string(fault{"f", {}, "cannot be read"}), "f: cannot be read");
  EXPECT_EQ(to_string(fault{"f", {3, 7}, "wrong"}), "f:3:7: wrong");
}

TEST(config_fault, stands_in_the_order_of_the_file_and_only_once) {
  fault_list list{"f"};
  list.add({2, 9}, "c");
  list.add({2, 1}, "b");
  list.add({1, 5}, "a");
  list.add({2, 1}, "b");
  EXPECT_THAT(list.take(),
              ElementsAre(fault{"f", {1, 5}, "a"}, fault{"f", {2, 1}, "b"}, fault{"f", {2, 9}, "c"}));
}

}  // namespace
}  // namespace lastframe::config
