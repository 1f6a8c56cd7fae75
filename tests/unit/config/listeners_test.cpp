#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

std::string with_listeners(const std::string& list) {
  return "listeners: " + list + "\nroutes: [{name: a, upstream: {endpoints: [127.0.0.1:3000]}}]\n";
}

TEST(config_listeners, are_read_in_their_order) {
  const settings all =
      accepted(with_listeners("[{address: 0.0.0.0:80}, {address: \"[::]:80\"}, {address: unix:/x}]"));
  ASSERT_EQ(all.listeners.size(), 3U);
  EXPECT_EQ(all.listeners[0].where, (address{"0.0.0.0:80", host_port{"0.0.0.0", 80}}));
  EXPECT_EQ(all.listeners[1].where, (address{"[::]:80", host_port{"::", 80}}));
  EXPECT_EQ(all.listeners[2].where, (address{"unix:/x", unix_path{"/x"}}));
}

TEST(config_listeners, need_an_address) {
  EXPECT_THAT(faults_of(with_listeners("[{}]")), ElementsAre("f:1:13: listeners[0]: `address` is missing"));
  EXPECT_THAT(faults_of("listeners:\n  -\nroutes: [{name: a, upstream: {endpoints: [127.0.0.1:3000]}}]\n"),
              ElementsAre(HasSubstr("listeners[0]: `address` is missing")));
}

TEST(config_listeners, refuse_bad_addresses) {
  EXPECT_THAT(
      faults_of(with_listeners("[{address: 8080}]")),
      ElementsAre("f:1:23: listeners[0].address: \"8080\": there is no port; an address is host:port, "
                  "[v6]:port or unix:PATH"));
  EXPECT_THAT(
      faults_of(with_listeners("[{address: 0.0.0.0:99999}]")),
      ElementsAre("f:1:23: listeners[0].address: \"0.0.0.0:99999\": a port is a number from 0 to 65535"));
}

TEST(config_listeners, refuse_an_address_that_became_a_list) {
  EXPECT_THAT(
      faults_of(with_listeners("[{address: [a]}]")),
      ElementsAre("f:1:23: listeners[0].address: expected an address, found a list; an address with [ ] "
                  "stands in quotes"));
}

TEST(config_listeners, refuse_an_address_that_another_has) {
  EXPECT_THAT(faults_of(with_listeners("[{address: 0.0.0.0:80}, {address: 0.0.0.0:80}]")),
              ElementsAre("f:1:46: listeners[1].address: \"0.0.0.0:80\": another listener has this address"));
}

TEST(config_listeners, may_have_any_free_port_more_than_once) {
  EXPECT_EQ(accepted(with_listeners("[{address: 127.0.0.1:0}, {address: 127.0.0.1:0}]")).listeners.size(),
            2U);
}

TEST(config_listeners, take_the_default_of_proxy_protocol) {
  EXPECT_EQ(accepted(with_listener("proxy_protocol: false")).listeners.size(), 1U);
}

}  // namespace
}  // namespace lastframe::config
