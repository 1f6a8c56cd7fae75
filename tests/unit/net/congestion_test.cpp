#include "proxy/net/congestion.hpp"

#include <array>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "proxy/net/listener.hpp"

namespace lastframe::net {
namespace {

using asio::ip::tcp;

std::string control_of(int descriptor) {
  std::array<char, 16> name{};
  auto size = static_cast<socklen_t>(name.size());
  ::getsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size);
  return name.data();
}

endpoint at(const char* host) {
  return endpoint(tcp::endpoint(asio::ip::make_address(host), 0));
}

class congestion : public testing::Test {
 protected:
  asio::io_context io_;
  tcp::socket socket_{io_, tcp::v4()};
  const std::string hosts_ = control_of(socket_.native_handle());
};

TEST_F(congestion, is_controlled_by_reno_over_loopback) {
  suit_congestion_control(socket_.native_handle(), at("127.0.0.1"));
  EXPECT_EQ(control_of(socket_.native_handle()), "reno");
}

TEST_F(congestion, is_controlled_as_the_host_does_on_any_other_way) {
  for (const char* host : {"0.0.0.0", "192.0.2.1", "::", "2001:db8::1"}) {
    suit_congestion_control(socket_.native_handle(), at(host));
    EXPECT_EQ(control_of(socket_.native_handle()), hosts_) << host;
  }
}

TEST_F(congestion, of_a_client_is_controlled_as_the_listener_it_came_by) {
  acceptor near = listen_tcp(io_, at("127.0.0.1"));
  acceptor everywhere = listen_tcp(io_, at("0.0.0.0"));
  tcp::socket first(io_);
  first.connect({asio::ip::address_v4::loopback(), port_of(near.local_endpoint())});
  EXPECT_EQ(control_of(near.accept().native_handle()), "reno");
  tcp::socket second(io_);
  second.connect({asio::ip::address_v4::loopback(), port_of(everywhere.local_endpoint())});
  EXPECT_EQ(control_of(everywhere.accept().native_handle()), hosts_);
}

}  // namespace
}  // namespace lastframe::net
