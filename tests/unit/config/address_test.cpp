#include "proxy/config/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastframe::config {
namespace {

using testing::HasSubstr;

address good(std::string_view text, port_zero zero = port_zero::refused) {
  const auto result = parse_address(text, zero);
  const auto* found = std::get_if<address>(&result);
  EXPECT_NE(found, nullptr) << text << ": " << std::get<std::string>(result);
  return found != nullptr ? *found : address{};
}

std::string bad(std::string_view text, port_zero zero = port_zero::refused) {
  const auto result = parse_address(text, zero);
  EXPECT_TRUE(std::holds_alternative<std::string>(result)) << text;
  return std::holds_alternative<std::string>(result) ? std::get<std::string>(result) : "";
}

TEST(config_address, reads_host_and_port) {
  EXPECT_EQ(good("127.0.0.1:8080"), (address{"127.0.0.1:8080", host_port{"127.0.0.1", 8080}}));
  EXPECT_EQ(good("chat.example.com:1"), (address{"chat.example.com:1", host_port{"chat.example.com", 1}}));
  EXPECT_EQ(good("my_service:65535"), (address{"my_service:65535", host_port{"my_service", 65'535}}));
  EXPECT_EQ(good("4chan:80"), (address{"4chan:80", host_port{"4chan", 80}}));
}

TEST(config_address, reads_ipv6_without_its_brackets) {
  EXPECT_EQ(good("[::1]:8080"), (address{"[::1]:8080", host_port{"::1", 8080}}));
  EXPECT_EQ(good("[fe80::1%eth0]:80"), (address{"[fe80::1%eth0]:80", host_port{"fe80::1%eth0", 80}}));
}

TEST(config_address, reads_the_path_of_a_unix_socket) {
  EXPECT_EQ(good("unix:/run/a:b.sock"), (address{"unix:/run/a:b.sock", unix_path{"/run/a:b.sock"}}));
  EXPECT_EQ(good("unix:" + std::string(107, 'x')).where.index(), 1U);
}

TEST(config_address, takes_port_zero_only_to_listen_on) {
  EXPECT_EQ(good("127.0.0.1:0", port_zero::allowed).where, (address{"", host_port{"127.0.0.1", 0}}.where));
  EXPECT_EQ(bad("127.0.0.1:0"), "a port is a number from 1 to 65535");
  EXPECT_EQ(bad("127.0.0.1:65536", port_zero::allowed), "a port is a number from 0 to 65535");
}

TEST(config_address, refuses_bad_ports) {
  EXPECT_THAT(bad("127.0.0.1:http"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(bad("127.0.0.1:-1"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(bad("127.0.0.1:80 "), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(bad("127.0.0.1:80/ws"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(bad("127.0.0.1:"), HasSubstr("no port"));
  EXPECT_THAT(bad("127.0.0.1"), HasSubstr("no port"));
  EXPECT_THAT(bad("8080"), HasSubstr("no port"));
  EXPECT_THAT(bad("[::1]"), HasSubstr("no port"));
}

TEST(config_address, refuses_bad_hosts) {
  EXPECT_THAT(bad(":8080"), HasSubstr("no host"));
  EXPECT_THAT(bad("::1:8080"), HasSubstr("in brackets"));
  EXPECT_THAT(bad("[::g]:8080"), HasSubstr("IPv6"));
  EXPECT_THAT(bad("[127.0.0.1]:8080"), HasSubstr("IPv6"));
  EXPECT_THAT(bad("[]:8080"), HasSubstr("IPv6"));
  EXPECT_THAT(bad("1.2.3:80"), HasSubstr("neither"));
  EXPECT_THAT(bad("256.0.0.1:80"), HasSubstr("neither"));
  EXPECT_THAT(bad("a b:80"), HasSubstr("neither"));
  EXPECT_THAT(bad("a..b:80"), HasSubstr("neither"));
  EXPECT_THAT(bad("*:80"), HasSubstr("neither"));
  EXPECT_THAT(bad("[:80"), HasSubstr("neither"));
}

TEST(config_address, refuses_urls) {
  EXPECT_THAT(bad("http://127.0.0.1:80"), HasSubstr("without a scheme"));
  EXPECT_THAT(bad("ws://127.0.0.1:80/ws"), HasSubstr("without a scheme"));
}

TEST(config_address, refuses_unix_paths_that_no_socket_can_have) {
  EXPECT_THAT(bad("unix:"), HasSubstr("followed by a path"));
  EXPECT_THAT(bad("unix:" + std::string(108, 'x')), HasSubstr("at most 107 bytes"));
}

TEST(config_address, knows_networks) {
  EXPECT_TRUE(is_cidr("10.0.0.0/8"));
  EXPECT_TRUE(is_cidr("10.1.2.3/32"));
  EXPECT_TRUE(is_cidr("0.0.0.0/0"));
  EXPECT_TRUE(is_cidr("fd00::/8"));
  EXPECT_FALSE(is_cidr("10.0.0.0"));
  EXPECT_FALSE(is_cidr("10.0.0.1/8"));
  EXPECT_FALSE(is_cidr("10.0.0.0/33"));
  EXPECT_FALSE(is_cidr("fd00::1/127"));
  EXPECT_FALSE(is_cidr("/8"));
  EXPECT_FALSE(is_cidr("10.0.0.0/"));
}

}  // namespace
}  // namespace lastframe::config
