#include "telemetry/close_code.hpp"

#include <initializer_list>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace lastframe::telemetry {
namespace {

TEST(close_code_table, has_an_entry_for_every_registered_code_from_1000_to_1015) {
  for (close_code code = 1000; code <= 1015; ++code) {
    const close_code_info* const info = find_close_code(code);
    ASSERT_NE(info, nullptr) << code;
    EXPECT_EQ(info->first, code);
    EXPECT_FALSE(info->is_range());
  }
}

TEST(close_code_table, says_everything_about_every_code) {
  for (const close_code_info& info : close_code_table()) {
    for (const std::string_view text :
         {info.name, info.meaning, info.sender, info.operator_hint, info.client_hint}) {
      EXPECT_FALSE(text.empty()) << info.first;
    }
    for (const std::string_view sentence :
         {info.meaning, info.sender, info.operator_hint, info.client_hint}) {
      EXPECT_EQ(sentence.back(), '.') << info.first << ": " << sentence;
    }
  }
}

TEST(close_code_table, has_names_that_are_unique_and_in_snake_case) {
  std::set<std::string_view> names;
  for (const close_code_info& info : close_code_table()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(info.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos)
        << info.name;
  }
}

TEST(close_code_table, knows_which_codes_are_never_on_a_wire) {
  std::set<close_code> never;
  for (const close_code_info& info : close_code_table()) {
    if (!info.on_wire) never.insert(info.first);
  }
  EXPECT_EQ(never, (std::set<close_code>{1004, 1005, 1006, 1015}));
}

TEST(find_close_code, finds_the_range_of_a_code_without_an_entry_of_its_own) {
  ASSERT_NE(find_close_code(4321), nullptr);
  EXPECT_EQ(find_close_code(4321)->name, "private_use");
  EXPECT_EQ(find_close_code(3999)->name, "registered_for_libraries");
  EXPECT_TRUE(find_close_code(3999)->is_range());
}

TEST(find_close_code, prefers_a_code_s_own_entry_to_its_range) {
  EXPECT_EQ(find_close_code(3000)->name, "unauthorized");
  EXPECT_FALSE(find_close_code(3000)->is_range());
}

TEST(find_close_code, finds_nothing_for_codes_that_are_neither_registered_nor_free) {
  for (const int code : {0, 999, 1016, 2999, 5000, 65535}) {
    EXPECT_EQ(find_close_code(static_cast<close_code>(code)), nullptr) << code;
  }
}

TEST(close_code_name, is_empty_for_a_code_of_a_range) {
  EXPECT_EQ(close_code_name(1014), "bad_gateway");
  EXPECT_EQ(close_code_name(4321), "");
  EXPECT_EQ(close_code_name(999), "");
}

TEST(close_class, is_one_for_each_code) {
  for (const close_code code : std::initializer_list<close_code>{1000, 1001, 1005})
    EXPECT_EQ(class_of(code), close_class::clean) << code;
  EXPECT_EQ(class_of(1012), close_class::restart);
  for (const close_code code : std::initializer_list<close_code>{0, 3000, 4001, 4999})
    EXPECT_EQ(class_of(code), close_class::service) << code;
  for (const close_code code :
       std::initializer_list<close_code>{1002, 1003, 1007, 1008, 1009, 1010, 1011, 1013, 1014}) {
    EXPECT_EQ(class_of(code), close_class::failure) << code;
  }
  for (const close_code code : std::initializer_list<close_code>{1006, 1015})
    EXPECT_EQ(class_of(code), close_class::abnormal) << code;
}

}  // namespace
}  // namespace lastframe::telemetry
