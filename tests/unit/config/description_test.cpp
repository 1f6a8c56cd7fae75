// That the description and the loader speak of the same keys. What is written from it, defaults among it, is
// compared by tests/schema and by configs_test.cpp.
#include "proxy/config/description.hpp"

#include <algorithm>
#include <functional>

#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

/// A key, and how a document is made that has it.
struct place {
  std::string path;                                         ///< as the loader calls it: `routes[0].name`
  std::function<std::string(const std::string&)> document;  ///< with this value for it
};

place below(const place& above, const key& it) {
  const bool is_list = it.value == kind::mappings;
  return {above.path + (above.path.empty() ? "" : ".") + it.name + (is_list ? "[0]" : ""),
          [document = above.document, name = it.name, is_list](const std::string& value) {
            return document("{" + name + ": " + (is_list ? "[" + value + "]" : value) + "}");
          }};
}

/// Visits each key, the whole file first.
void visit(const key& it, const place& at, const std::function<void(const key&, const place&)>& what) {
  what(it, at);
  for (const key& each : it.keys) {
    visit(each, below(at, each), what);
  }
}

void for_each_key(const std::function<void(const key&, const place&)>& what) {
  visit(description(), {"", [](const std::string& value) { return value; }}, what);
}

bool is_said(const std::string& text, const std::string& fault) {
  surroundings around = around_of();
  around.descriptor_limit = 1'000'000'000;
  const strings faults = faults_of(text, around);
  return std::any_of(faults.begin(), faults.end(),
                     [&](const std::string& each) { return each.find(fault) != std::string::npos; });
}

/// Whether a value of the key is what is wrong, among all else that the document lacks.
bool is_refused(const place& at, const std::string& value) {
  return is_said(at.document(value), " " + at.path + ": \"" + value + "\": ");
}

TEST(config_description, has_the_loaders_keys_in_its_order) {
  std::size_t mappings = 0;
  for_each_key([&](const key& it, const place& at) {
    if (!has_keys(it)) {
      return;
    }
    std::string known;
    for (const key& each : it.keys) {
      known += (known.empty() ? "" : ", ") + each.name;
    }
    EXPECT_TRUE(is_said(at.document("{zzzzzzzzzzzzzzzz: 1}"), "unknown key; known here: " + known))
        << at.path << ": " << known;
    ++mappings;
  });
  EXPECT_GT(mappings, 15U);
}

TEST(config_description, requires_what_the_loader_requires) {
  for_each_key([](const key& it, const place& at) {
    const std::string whose = at.path.empty() ? "" : " " + at.path + ":";
    for (const key& each : it.keys) {
      EXPECT_EQ(is_said(at.document("{}"), whose + " `" + each.name + "` is missing"), each.required)
          << at.path << ' ' << each.name;
    }
  });
}

TEST(config_description, has_the_loaders_bounds) {
  std::size_t bounded = 0;
  for_each_key([&](const key& it, const place& at) {
    const std::string unit = it.value == kind::duration ? "ms" : it.value == kind::size ? "B" : "";
    if (unit.empty() && it.value != kind::count) {
      return;
    }
    EXPECT_FALSE(is_refused(at, std::to_string(it.within.least) + unit)) << at.path;
    EXPECT_FALSE(is_refused(at, std::to_string(it.within.most) + unit)) << at.path;
    EXPECT_TRUE(is_refused(at, std::to_string(it.within.most + 1) + unit)) << at.path;
    if (it.within.least > 0) {
      EXPECT_TRUE(is_refused(at, std::to_string(it.within.least - 1) + unit)) << at.path;
    }
    ++bounded;
  });
  EXPECT_GT(bounded, 15U);
}

TEST(config_description, has_the_loaders_words) {
  std::size_t worded = 0;
  for_each_key([&](const key& it, const place& at) {
    for (const std::string& each : it.words) {
      EXPECT_FALSE(is_refused(at, each)) << at.path << ' ' << each;
    }
    if (!it.words.empty()) {
      EXPECT_TRUE(is_refused(at, "strange")) << at.path;
      ++worded;
    }
  });
  EXPECT_GT(worded, 12U);
}

TEST(config_description, shows_values_that_the_loader_accepts) {
  for_each_key([](const key& it, const place& at) {
    for (const std::string& each : {it.usual, it.example}) {
      const std::string value = it.value == kind::app_codes ? "{" + each + "}" : each;
      EXPECT_FALSE(!each.empty() && is_said(at.document(value), " " + at.path)) << at.path << ' ' << each;
    }
  });
}

TEST(config_description, marks_what_the_loader_does_not_support) {
  for_each_key([](const key& it, const place& at) {
    if (it.now == support::none) {
      EXPECT_TRUE(is_said(at.document("{}"), at.path + " is not supported")) << at.path;
    } else if (it.now == support::only_default) {
      EXPECT_FALSE(is_said(at.document(it.usual), "is not supported")) << at.path;
    }
  });
}

}  // namespace
}  // namespace lastframe::config
