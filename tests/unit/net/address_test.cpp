#include "proxy/net/address.hpp"

#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

namespace lastframe::net {
namespace {

namespace ip = boost::asio::ip;
using boost::asio::local::stream_protocol;

endpoint tcp(const std::string& host, std::uint16_t port) {
  return endpoint(ip::tcp::endpoint(ip::make_address(host), port));
}

TEST(address_text, shows_ipv4_and_ipv6_with_their_ports) {
  EXPECT_EQ(to_string(tcp("192.0.2.1", 80)), "192.0.2.1:80");
  EXPECT_EQ(to_string(tcp("2001:db8::1", 65535)), "[2001:db8::1]:65535");
  EXPECT_EQ(to_string(tcp("::", 0)), "[::]:0");
}

TEST(address_text, shows_a_mapped_address_as_the_ipv4_address_that_it_is) {
  EXPECT_EQ(to_string(tcp("::ffff:192.0.2.1", 80)), "192.0.2.1:80");
  EXPECT_EQ(ip_of(tcp("::ffff:192.0.2.1", 80)), "192.0.2.1");
}

TEST(address_text, shows_the_path_of_a_unix_socket_even_the_longest_and_an_empty_one) {
  EXPECT_EQ(to_string(endpoint(stream_protocol::endpoint("/run/a.sock"))), "unix:/run/a.sock");
  const std::string longest(107, 'x');
  EXPECT_EQ(to_string(endpoint(stream_protocol::endpoint(longest))), "unix:" + longest);
  EXPECT_EQ(to_string(endpoint(stream_protocol::endpoint())), "unix:");
}

TEST(address_text, of_an_ip_has_no_port_and_no_brackets) {
  EXPECT_EQ(ip_of(tcp("192.0.2.1", 80)), "192.0.2.1");
  EXPECT_EQ(ip_of(tcp("2001:db8::1", 80)), "2001:db8::1");
  EXPECT_EQ(ip_of(endpoint(stream_protocol::endpoint("/run/a.sock"))), "");
}

TEST(address_loopback, is_what_never_leaves_the_machine_by_tcp) {
  EXPECT_TRUE(is_loopback(tcp("127.0.0.1", 80)));
  EXPECT_TRUE(is_loopback(tcp("127.1.2.3", 80)));
  EXPECT_TRUE(is_loopback(tcp("::1", 80)));
  EXPECT_TRUE(is_loopback(tcp("::ffff:127.0.0.1", 80)));
  EXPECT_FALSE(is_loopback(tcp("0.0.0.0", 80)));
  EXPECT_FALSE(is_loopback(tcp("::", 80)));
  EXPECT_FALSE(is_loopback(tcp("10.0.0.1", 80)));
  EXPECT_FALSE(is_loopback(endpoint(stream_protocol::endpoint("/run/a.sock"))));
}

TEST(address_covers, itself_and_all_of_ipv4_where_it_is_all_of_ipv6) {
  const endpoint local(stream_protocol::endpoint("/run/a.sock"));
  EXPECT_TRUE(covers(local, local));
  EXPECT_TRUE(covers(tcp("127.0.0.1", 80), tcp("127.0.0.1", 80)));
  EXPECT_TRUE(covers(tcp("::", 80), tcp("0.0.0.0", 80)));
}

TEST(address_covers, nothing_else) {
  const endpoint local(stream_protocol::endpoint("/run/a.sock"));
  EXPECT_FALSE(covers(local, endpoint(stream_protocol::endpoint("/run/b.sock"))));
  EXPECT_FALSE(covers(local, tcp("127.0.0.1", 80)));
  EXPECT_FALSE(covers(tcp("127.0.0.1", 80), local));
  EXPECT_FALSE(covers(tcp("127.0.0.1", 80), tcp("127.0.0.1", 81)));
  EXPECT_FALSE(covers(tcp("::", 80), tcp("0.0.0.0", 81)));
  EXPECT_FALSE(covers(tcp("::", 80), tcp("127.0.0.1", 80)));
  EXPECT_FALSE(covers(tcp("0.0.0.0", 80), tcp("::", 80)));
}

}  // namespace
}  // namespace lastframe::net
