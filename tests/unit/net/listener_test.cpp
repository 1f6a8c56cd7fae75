#include "proxy/net/listener.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

namespace lastframe::net {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string fault_of(const std::function<void()>& does) {
  try {
    does();
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "no fault";
}

/// A path in a directory of its own.
class socket_path {
 public:
  socket_path() {
    std::string pattern = "/tmp/lastframe-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch directory");
    directory_ = pattern;
    path_ = directory_ + "/socket";
  }
  ~socket_path() {
    ::unlink(path_.c_str());
    ::rmdir(directory_.c_str());
  }
  socket_path(const socket_path&) = delete;
  socket_path& operator=(const socket_path&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string directory_;
  std::string path_;
};

bool accepts(const endpoint& where) {
  asio::io_context io;
  socket probe(io);
  error_code error;
  probe.open(where.protocol(), error);
  probe.connect(where, error);
  return !error;
}

tcp_endpoint at(const char* literal, std::uint16_t port) {
  return {asio::ip::make_address(literal), port};
}

TEST(listen_tcp, takes_a_free_port_and_shares_it_with_others_of_this_process) {
  asio::io_context io;
  const acceptor first = listen_tcp(io, resolve_listener("127.0.0.1", 0).front());
  const endpoint at = first.local_endpoint();
  EXPECT_THAT(to_string(at), StartsWith("127.0.0.1:"));
  EXPECT_THAT(to_string(at), testing::Not(testing::EndsWith(":0")));
  const acceptor second = listen_tcp(io, at);
  EXPECT_EQ(to_string(second.local_endpoint()), to_string(at));
  EXPECT_TRUE(accepts(at));
}

TEST(listen_tcp, names_the_address_of_a_port_in_use_and_what_to_do) {
  asio::io_context io;
  // Without SO_REUSEPORT, as another program would.
  asio::ip::tcp::acceptor other(io, {asio::ip::address_v4::loopback(), 0});
  const auto at = resolve_listener("127.0.0.1", other.local_endpoint().port()).front();
  const std::string fault = fault_of([&] { (void)listen_tcp(io, at); });
  EXPECT_THAT(fault, HasSubstr("cannot listen at " + to_string(at)));
  EXPECT_THAT(fault, HasSubstr("another program has this port"));
}

TEST(listen_tcp, makes_what_it_accepts_send_small_segments_without_delay) {
  asio::io_context io;
  acceptor listening = listen_tcp(io, resolve_listener("127.0.0.1", 0).front());
  socket client(io);
  client.connect(listening.local_endpoint());
  socket accepted = listening.accept();
  asio::ip::tcp::no_delay no_delay;
  accepted.get_option(no_delay);
  EXPECT_TRUE(no_delay.value());
}

TEST(listen_tcp, listens_on_ipv6) {
  asio::io_context io;
  const acceptor listening = listen_tcp(io, resolve_listener("::1", 0).front());
  EXPECT_THAT(to_string(listening.local_endpoint()), StartsWith("[::1]:"));
  EXPECT_TRUE(accepts(listening.local_endpoint()));
}

TEST(listen_tcp_all, opens_one_port_at_each_address) {
  asio::io_context io;
  std::vector where{at("127.0.0.1", 0), at("127.0.0.2", 0)};
  const auto opened = listen_tcp_all(io, where);
  ASSERT_EQ(opened.size(), 2U);
  ASSERT_EQ(where.size(), 2U);
  EXPECT_NE(where[0].port(), 0);
  EXPECT_EQ(where[1], at("127.0.0.2", where[0].port()));
  for (const tcp_endpoint& each : where) EXPECT_TRUE(accepts(each));
}

TEST(listen_tcp_all, passes_over_addresses_that_this_machine_has_not_but_not_over_all) {
  asio::io_context io;
  // RFC 3849 gives these to nobody; a machine without IPv6 lacks them in its own way.
  std::vector where{at("2001:db8::1", 0), at("127.0.0.1", 0), at("2001:db8::2", 0)};
  EXPECT_EQ(listen_tcp_all(io, where).size(), 1U);
  ASSERT_EQ(where.size(), 1U);
  EXPECT_TRUE(where[0].address().is_loopback());
  std::vector nowhere{at("2001:db8::1", 8080), at("2001:db8::2", 8080)};
  EXPECT_THAT(fault_of([&] { (void)listen_tcp_all(io, nowhere); }),
              HasSubstr("cannot listen at [2001:db8::2]:8080"));
}

TEST(listen_tcp_all, fails_where_one_address_is_in_use) {
  asio::io_context io;
  asio::ip::tcp::acceptor other(io, at("127.0.0.2", 0));
  const std::uint16_t port = other.local_endpoint().port();
  std::vector where{at("127.0.0.1", port), at("127.0.0.2", port)};
  EXPECT_THAT(fault_of([&] { (void)listen_tcp_all(io, where); }), HasSubstr("another program has this port"));
}

TEST(resolve_listener, gives_each_address_of_a_name_once) {
  const auto found = resolve_listener("localhost", 80);
  ASSERT_FALSE(found.empty());
  for (const auto& each : found) {
    EXPECT_TRUE(each.address().is_loopback());
    EXPECT_EQ(each.port(), 80);
    EXPECT_EQ(std::count(found.begin(), found.end(), each), 1);
  }
}

TEST(is_served, tells_those_who_listen_and_would_share_from_those_who_do_not_listen) {
  asio::io_context io;
  asio::ip::tcp::acceptor idle(io, asio::ip::tcp::v4());
  idle.set_option(asio::socket_base::reuse_address(true));
  idle.bind({asio::ip::address_v4::loopback(), 0});
  EXPECT_FALSE(is_served(idle.local_endpoint()));
  EXPECT_FALSE(is_served(resolve_listener("127.0.0.1", 0).front()));
  std::optional<acceptor> listening = listen_tcp(io, resolve_listener("127.0.0.1", 0).front());
  const endpoint at = listening->local_endpoint();
  EXPECT_TRUE(is_served(at));
  // Looking leaves nothing behind.
  EXPECT_TRUE(is_served(at));
  const acceptor second = listen_tcp(io, at);
  listening.reset();
  EXPECT_TRUE(is_served(at));
}

TEST(resolve_listener, names_a_host_that_nobody_knows) {
  EXPECT_THAT(fault_of([] { (void)resolve_listener("nobody.invalid", 80); }),
              HasSubstr("cannot listen at nobody.invalid:80"));
}

TEST(listen_unix, replaces_a_socket_that_nobody_serves_any_more) {
  asio::io_context io;
  const socket_path at;
  { const acceptor former = listen_unix(io, at.path()); }
  ASSERT_EQ(::access(at.path().c_str(), F_OK), 0);
  ASSERT_FALSE(accepts(unix_endpoint(at.path())));
  const acceptor listening = listen_unix(io, at.path());
  EXPECT_TRUE(accepts(unix_endpoint(at.path())));
}

TEST(listen_unix, leaves_a_socket_alone_that_is_served) {
  asio::io_context io;
  const socket_path at;
  const acceptor first = listen_unix(io, at.path());
  EXPECT_THAT(fault_of([&] { (void)listen_unix(io, at.path()); }),
              HasSubstr("cannot listen at unix:" + at.path()));
  EXPECT_TRUE(accepts(unix_endpoint(at.path())));
}

TEST(listen_unix, leaves_a_file_alone_that_is_no_socket) {
  asio::io_context io;
  const socket_path at;
  std::ofstream(at.path()) << "precious";
  EXPECT_THAT(fault_of([&] { (void)listen_unix(io, at.path()); }), HasSubstr(at.path()));
  std::string kept;
  std::ifstream(at.path()) >> kept;
  EXPECT_EQ(kept, "precious");
}

/// How many sockets the epoll sets of this process watch.
std::size_t watched() {
  std::size_t found = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream info(each.path());
    for (std::string line; std::getline(info, line);) found += line.starts_with("tfd:") ? 1U : 0U;
  }
  return found;
}

TEST(close, leaves_nothing_in_the_epoll_set_while_another_acceptor_shares_the_socket) {
  asio::io_context io;
  const socket_path at;
  acceptor first = listen_unix(io, at.path());
  {
    asio::io_context other;
    acceptor second = duplicate(other, first);
    const std::size_t both = watched();
    close(first);
    EXPECT_FALSE(first.is_open());
    EXPECT_EQ(watched(), both - 1);
    EXPECT_TRUE(accepts(unix_endpoint(at.path())));
  }
}

TEST(duplicate, accepts_on_the_same_socket_after_the_original_is_closed) {
  asio::io_context io;
  const socket_path at;
  acceptor first = listen_unix(io, at.path());
  const acceptor second = duplicate(io, first);
  error_code error;
  first.close(error);
  EXPECT_TRUE(accepts(unix_endpoint(at.path())));
}

}  // namespace
}  // namespace lastframe::net
