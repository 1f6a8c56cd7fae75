#include "proxy/server/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastframe::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using strings = std::vector<std::string>;

config::route route(const std::string& name, const strings& endpoints) {
  config::route made;
  made.name = name;
  for (const std::string& each : endpoints)
    made.upstream.endpoints.push_back({each, config::unix_path{each}});
  return made;
}

config::settings with(std::vector<config::route> routes) {
  config::settings made;
  made.routes = std::move(routes);
  return made;
}

std::vector<std::size_t> numbers(const numbering& of) {
  std::vector<std::size_t> out;
  for (const auto& each : of.routes) out.push_back(each.route);
  return out;
}

TEST(number_names, counts_the_routes_and_endpoints_of_a_first_configuration) {
  const numbering made = number_names(with({route("a", {"x", "y"}), route("b", {"x"})}));
  EXPECT_THAT(numbers(made), ElementsAre(0, 1));
  EXPECT_THAT(made.routes[0].endpoints, ElementsAre(0, 1));
  EXPECT_THAT(made.names.routes, ElementsAre("a", "b"));
  EXPECT_THAT(made.names.endpoints, ElementsAre(strings{"x", "y"}, strings{"x"}));
  EXPECT_THAT(made.names.gone_routes, IsEmpty());
}

TEST(number_names, keeps_the_numbers_of_names_and_the_names_that_are_gone) {
  const numbering first = number_names(with({route("a", {"x", "y"}), route("b", {"x"})}));
  const numbering next = number_names(with({route("c", {"z"}), route("b", {"w", "x"})}), first.names);
  EXPECT_THAT(numbers(next), ElementsAre(2, 1));
  EXPECT_THAT(next.routes[1].endpoints, ElementsAre(1, 0));
  EXPECT_THAT(next.names.routes, ElementsAre("a", "b", "c"));
  EXPECT_THAT(next.names.endpoints, ElementsAre(strings{"x", "y"}, strings{"x", "w"}, strings{"z"}));
  EXPECT_THAT(next.names.gone_routes, ElementsAre(0));
  EXPECT_THAT(next.names.gone_endpoints, ElementsAre(Pair(0, 0), Pair(0, 1)));
  const numbering back = number_names(with({route("a", {"y"})}), next.names);
  EXPECT_THAT(numbers(back), ElementsAre(0));
  EXPECT_THAT(back.routes[0].endpoints, ElementsAre(1));
  EXPECT_THAT(back.names.gone_routes, ElementsAre(1, 2));
  EXPECT_THAT(back.names.gone_endpoints, Contains(Pair(0, 0)));
  EXPECT_THAT(back.names.gone_endpoints, Not(Contains(Pair(0, 1))));
}

TEST(number_names, has_an_endpoint_that_stands_twice_once) {
  const numbering made = number_names(with({route("a", {"x", "x"})}));
  EXPECT_THAT(made.routes[0].endpoints, ElementsAre(0, 0));
  EXPECT_THAT(made.names.endpoints, ElementsAre(strings{"x"}));
}

TEST(number_names, takes_codes_from_the_configuration_in_force) {
  config::settings first = with({route("a", {"x"}), route("b", {"x"})});
  first.routes[1].tunnel.failure_code = 1011;
  first.routes[1].tunnel.on_client_lost = 1001;
  config::settings next = with({route("a", {"x"})});
  next.routes[0].tunnel.failure_code = 1013;
  next.drain.code = 1001;
  const numbering made = number_names(next, number_names(first).names);
  EXPECT_THAT(made.names.failure_codes, ElementsAre(1013, 1011));
  EXPECT_THAT(made.names.client_lost_codes, ElementsAre(0, 1001));
  EXPECT_EQ(made.names.drain_code, 1001);
}

}  // namespace
}  // namespace lastframe::server
