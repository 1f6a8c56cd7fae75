#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

using net::tls_version;

TEST(config_tls, of_a_listener_is_read_with_the_place_where_it_stands) {
  const auto read = [](const std::string& tls) { return accepted(with_listener(tls)).listeners.at(0).tls; };
  EXPECT_TRUE(read("").empty());
  EXPECT_THAT(read("tls: {certificate: a.crt, key: a.key}"),
              ElementsAre(net::tls_server_settings{
                  "f:3:10: listeners[0].tls", {"a.crt", "a.key"}, "", tls_version::v1_2}));
  EXPECT_THAT(read("tls: {certificate: a.crt, key: a.key, client_ca: c.crt, min_version: \"1.3\"}"),
              ElementsAre(net::tls_server_settings{
                  "f:3:10: listeners[0].tls", {"a.crt", "a.key"}, "c.crt", tls_version::v1_3}));
}

TEST(config_tls, of_a_listener_may_be_a_list_whose_first_is_the_default) {
  const auto all = accepted(with_listener("tls: [{certificate: a, key: b}, {certificate: c, key: d}]"));
  ASSERT_EQ(all.listeners.at(0).tls.size(), 2U);
  EXPECT_EQ(all.listeners.at(0).tls.at(0).identity, (net::tls_identity{"a", "b"}));
  EXPECT_EQ(all.listeners.at(0).tls.at(1).identity, (net::tls_identity{"c", "d"}));
  EXPECT_EQ(all.listeners.at(0).tls.at(1).place, "f:3:37: listeners[0].tls[1]");
  EXPECT_THAT(faults_of(with_listener("tls: []")),
              ElementsAre("f:3:10: listeners[0].tls: at least one certificate is needed"));
}

TEST(config_tls, of_a_listener_is_checked) {
  EXPECT_THAT(faults_of(with_listener("tls: {certificate: a, kye: b, min_version: 2}")),
              ElementsAre("f:3:10: listeners[0].tls: `key` is missing",
                          "f:3:27: listeners[0].tls: \"kye\": unknown key; did you mean `key`?",
                          "f:3:48: listeners[0].tls.min_version: \"2\": expected 1.2 or 1.3"));
  EXPECT_THAT(faults_of(with_listener("tls:")),
              ElementsAre("f:3:5: listeners[0].tls: `certificate` is missing",
                          "f:3:5: listeners[0].tls: `key` is missing"));
}

TEST(config_tls, of_a_listener_asks_all_clients_for_the_same_certificates) {
  EXPECT_THAT(
      faults_of(with_listener("tls: [{certificate: a, key: b, client_ca: c}, {certificate: d, key: e}]")),
      ElementsAre("f:3:51: listeners[0].tls[1]: all certificates of a listener need the same `client_ca`, or "
                  "none"));
}

TEST(config_tls, of_an_upstream_is_read) {
  const auto read = [](const std::string& tls) { return only_route(with_upstream(tls)).upstream.tls; };
  EXPECT_EQ(read(""), std::nullopt);
  const std::string place = "f:6:12: routes[0].upstream.tls";
  EXPECT_EQ(read("tls: {}"), (net::tls_client_settings{place, "", "", std::nullopt, false}));
  EXPECT_EQ(read("tls: {ca: system}"), (net::tls_client_settings{place, "", "", std::nullopt, false}));
  EXPECT_EQ(read("tls: {ca: a.crt, server_name: b.c, certificate: d, key: e, insecure: true}"),
            (net::tls_client_settings{place, "a.crt", "b.c", net::tls_identity{"d", "e"}, true}));
}

TEST(config_tls, of_an_upstream_is_checked) {
  EXPECT_THAT(faults_of(with_upstream("tls: {certificate: c, server_name: \"a b\", insecure: 1}")),
              ElementsAre("f:6:12: routes[0].upstream.tls: `certificate` and `key` belong together",
                          "f:6:42: routes[0].upstream.tls.server_name: \"a b\": not a host's name",
                          "f:6:59: routes[0].upstream.tls.insecure: \"1\": expected true or false"));
}

TEST(config_tls, of_a_unix_socket_needs_a_name) {
  const auto text = [](const std::string& tls) {
    return "listeners: [{address: 127.0.0.1:1}]\n"
           "routes: [{name: a, upstream: {endpoints: [\"unix:/s\"], tls: {" +
           tls + "}}}]\n";
  };
  EXPECT_THAT(faults_of(text("")),
              ElementsAre("f:2:30: routes[0].upstream: a `tls.server_name` is needed: an endpoint is a unix "
                          "socket"));
  EXPECT_THAT(faults_of(text("server_name: a.b")), testing::IsEmpty());
  EXPECT_THAT(faults_of(text("insecure: true")), testing::IsEmpty());
}

}  // namespace
}  // namespace lastframe::config
