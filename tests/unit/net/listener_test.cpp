#include "proxy/net/listener.hpp"

#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

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

TEST(listen_tcp, takes_a_free_port_and_shares_it_with_others_of_this_process) {
  asio::io_context io;
  const acceptor first = listen_tcp(io, resolve_listener("127.0.0.1", 0));
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
  const auto at = resolve_listener("127.0.0.1", other.local_endpoint().port());
  const std::string fault = fault_of([&] { (void)listen_tcp(io, at); });
  EXPECT_THAT(fault, HasSubstr("cannot listen at " + to_string(at)));
  EXPECT_THAT(fault, HasSubstr("another program has this port"));
}

TEST(listen_tcp, listens_on_ipv6) {
  asio::io_context io;
  const acceptor listening = listen_tcp(io, resolve_listener("::1", 0));
  EXPECT_THAT(to_string(listening.local_endpoint()), StartsWith("[::1]:"));
  EXPECT_TRUE(accepts(listening.local_endpoint()));
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
