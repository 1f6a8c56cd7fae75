#include "proxy/http/routing.hpp"

#include <gtest/gtest.h>

namespace lastframe::http {
namespace {

std::vector<config::route> routes(std::initializer_list<config::match> matches) {
  std::vector<config::route> out;
  for (const config::match& each : matches) out.emplace_back().match = each;
  return out;
}

bool takes(const config::match& match, std::string_view host, std::string_view path) {
  return find_route(routes({match}), host, path).has_value();
}

TEST(find_route, lets_an_empty_match_take_everything) {
  EXPECT_TRUE(takes({}, "any.example", "/"));
  EXPECT_TRUE(takes({}, "[::1]", "/deep/path"));
}

TEST(find_route, takes_the_first_that_matches) {
  const auto three = routes({{"a.example", ""}, {"", "/ws"}, {"", ""}});
  EXPECT_EQ(find_route(three, "a.example", "/ws"), 0U);
  EXPECT_EQ(find_route(three, "b.example", "/ws"), 1U);
  EXPECT_EQ(find_route(three, "b.example", "/"), 2U);
}

TEST(find_route, finds_none_where_none_matches) {
  EXPECT_EQ(find_route({}, "a.example", "/"), std::nullopt);
  EXPECT_EQ(find_route(routes({{"a.example", "/ws"}}), "a.example", "/"), std::nullopt);
}

TEST(find_route, compares_hosts_whole) {
  EXPECT_TRUE(takes({"chat.example", ""}, "chat.example", "/"));
  EXPECT_FALSE(takes({"chat.example", ""}, "achat.example", "/"));
  EXPECT_FALSE(takes({"chat.example", ""}, "chat.example.evil", "/"));
  EXPECT_FALSE(takes({"chat.example", ""}, "", "/"));
}

TEST(find_route, lets_a_star_stand_for_one_label_or_more) {
  EXPECT_TRUE(takes({"*.example.com", ""}, "a.example.com", "/"));
  EXPECT_TRUE(takes({"*.example.com", ""}, "a.b.example.com", "/"));
  EXPECT_FALSE(takes({"*.example.com", ""}, "example.com", "/"));
  EXPECT_FALSE(takes({"*.example.com", ""}, ".example.com", "/"));
  EXPECT_FALSE(takes({"*.example.com", ""}, "aexample.com", "/"));
  EXPECT_FALSE(takes({"*.example.com", ""}, "chat.example.org", "/"));
}

TEST(find_route, compares_paths_by_whole_segments) {
  EXPECT_TRUE(takes({"", "/ws"}, "h", "/ws"));
  EXPECT_TRUE(takes({"", "/ws"}, "h", "/ws/"));
  EXPECT_TRUE(takes({"", "/ws"}, "h", "/ws/room"));
  EXPECT_FALSE(takes({"", "/ws"}, "h", "/wsx"));
  EXPECT_FALSE(takes({"", "/ws"}, "h", "/w"));
  EXPECT_FALSE(takes({"", "/ws"}, "h", "/WS"));
  EXPECT_FALSE(takes({"", "/ws/a"}, "h", "/ws"));
}

TEST(find_route, gives_no_meaning_to_a_trailing_slash_of_the_prefix) {
  EXPECT_TRUE(takes({"", "/ws/"}, "h", "/ws"));
  EXPECT_TRUE(takes({"", "/ws/"}, "h", "/ws/a"));
  EXPECT_FALSE(takes({"", "/ws/"}, "h", "/wsx"));
  EXPECT_TRUE(takes({"", "/"}, "h", "/anything"));
}

TEST(find_route, needs_host_and_path_both) {
  EXPECT_TRUE(takes({"a.example", "/ws"}, "a.example", "/ws"));
  EXPECT_FALSE(takes({"a.example", "/ws"}, "a.example", "/x"));
  EXPECT_FALSE(takes({"a.example", "/ws"}, "b.example", "/ws"));
}

}  // namespace
}  // namespace lastframe::http
