#include "proxy/net/service_manager.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proxy/net/listener.hpp"
#include "tests/unit/net/on_loop.hpp"

namespace lastframe::net {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A variable of the environment while it lives.
class variable {
 public:
  variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~variable() { ::unsetenv(name_); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  const char* name_;
};

/// The service manager's side: an abstract socket, or one with a path.
class manager {
 public:
  explicit manager(const std::string& name) : name_(name), socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    name.copy(&at.sun_path[0], name.size());
    if (name[0] == '@') at.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&at), size) != 0)
      throw std::system_error(errno, std::system_category(), name);
    const timeval deadline{patience.count(), 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  }
  ~manager() {
    ::close(socket_);
    if (name_[0] == '/') ::unlink(name_.c_str());
  }
  manager(const manager&) = delete;
  manager& operator=(const manager&) = delete;

  [[nodiscard]] std::string hears() {
    std::array<char, 256> buffer{};
    const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), 0);
    return n < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(n));
  }

 private:
  std::string name_;
  int socket_;
};

std::string name_of_this_test(const std::string& begin) {
  return begin + "lastframe-" + std::to_string(::getpid());
}

TEST(notify, tells_the_manager_at_a_path) {
  const std::string name = name_of_this_test("/tmp/");
  manager listens(name);
  const variable set("NOTIFY_SOCKET", name);
  EXPECT_FALSE(notify("READY=1"));
  EXPECT_EQ(listens.hears(), "READY=1");
}

TEST(notify, tells_the_manager_at_an_abstract_socket_all_lines_at_once) {
  const std::string name = name_of_this_test("@");
  manager listens(name);
  const variable set("NOTIFY_SOCKET", name);
  EXPECT_FALSE(notify("RELOADING=1\nMONOTONIC_USEC=7"));
  EXPECT_FALSE(notify("READY=1"));
  EXPECT_EQ(listens.hears(), "RELOADING=1\nMONOTONIC_USEC=7");
  EXPECT_EQ(listens.hears(), "READY=1");
}

TEST(notify, does_nothing_without_a_manager) {
  EXPECT_FALSE(notify("READY=1"));
  const variable set("NOTIFY_SOCKET", "");
  EXPECT_FALSE(notify("READY=1"));
}

TEST(notify, says_why_the_manager_could_not_be_told) {
  const auto with = [](const std::string& where) {
    const variable set("NOTIFY_SOCKET", where);
    return notify("READY=1");
  };
  EXPECT_EQ(with("/nowhere/at/all"), boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(with(name_of_this_test("@nobody-")), boost::system::errc::connection_refused);
  EXPECT_EQ(with("vsock:2:1234"), boost::system::errc::address_family_not_supported);
  EXPECT_EQ(with("/" + std::string(107, 'a')), boost::system::errc::filename_too_long);
}

/// Listening sockets where a service manager would have put them, but far from the descriptors of others.
class passed_on {
 public:
  static constexpr int first = 500;

  explicit passed_on(const std::vector<int>& sockets) : count_(static_cast<int>(sockets.size())) {
    for (int i = 0; i < count_; ++i) ::dup2(sockets[static_cast<std::size_t>(i)], first + i);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(count_).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", "some:names", 1);
  }
  ~passed_on() {
    for (int i = 0; i < count_; ++i) ::close(first + i);
    for (const char* each : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(each);
  }
  passed_on(const passed_on&) = delete;
  passed_on& operator=(const passed_on&) = delete;

 private:
  int count_;
};

acceptor tcp_at(asio::io_context& io, const char* host) {
  return listen_tcp(io, resolve_listener(host, 0).front());
}

/// Where `listening` is, made from text.
tcp_endpoint at(const char* literal, const acceptor& listening) {
  return {asio::ip::make_address(literal), port_of(listening.local_endpoint())};
}

bool any_set() {
  return ::getenv("LISTEN_PID") != nullptr || ::getenv("LISTEN_FDS") != nullptr ||
         ::getenv("LISTEN_FDNAMES") != nullptr;
}

std::string fault_of_inheriting() {
  try {
    (void)inherited_listeners(passed_on::first);
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "no fault";
}

TEST(inherited_listeners, are_none_where_none_were_passed_on) {
  EXPECT_THAT(inherited_listeners(), IsEmpty());
}

TEST(inherited_listeners, come_in_order_with_their_addresses) {
  asio::io_context io;
  const std::string path = name_of_this_test("/tmp/listen-");
  acceptor v4 = tcp_at(io, "127.0.0.1");
  acceptor v6 = tcp_at(io, "::1");
  acceptor local = listen_unix(io, path);
  {
    const passed_on all({v4.native_handle(), v6.native_handle(), local.native_handle()});
    const auto found = inherited_listeners(passed_on::first);
    ASSERT_THAT(found, SizeIs(3));
    // As a configuration's addresses are compared with them.
    EXPECT_EQ(found[0].where, endpoint(at("127.0.0.1", v4)));
    EXPECT_EQ(found[1].where, endpoint(at("::1", v6)));
    EXPECT_EQ(found[2].where, unix_endpoint(path));
    EXPECT_EQ(found[2].descriptor, passed_on::first + 2);
  }
  ::unlink(path.c_str());
}

TEST(inherited_listeners, are_given_once) {
  asio::io_context io;
  acceptor listening = tcp_at(io, "127.0.0.1");
  const passed_on all({listening.native_handle()});
  EXPECT_THAT(inherited_listeners(passed_on::first), SizeIs(1));
  EXPECT_FALSE(any_set());
  EXPECT_THAT(inherited_listeners(passed_on::first), IsEmpty());
}

TEST(inherited_listeners, are_left_alone_if_they_are_another_process) {
  asio::io_context io;
  acceptor listening = tcp_at(io, "127.0.0.1");
  const passed_on all({listening.native_handle()});
  const variable other("LISTEN_PID", std::to_string(::getppid()));
  EXPECT_THAT(inherited_listeners(passed_on::first), IsEmpty());
  EXPECT_FALSE(any_set());
}

TEST(inherited_listeners, serve_several_workers_without_delay_and_pass_to_no_child) {
  asio::io_context io;
  // As a service manager opens it, without options.
  asio::ip::tcp::acceptor opened(io, {asio::ip::address_v4::loopback(), 0});
  const passed_on all({opened.native_handle()});
  const auto found = inherited_listeners(passed_on::first);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(::fcntl(found[0].descriptor, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  acceptor first(io.get_executor(), found[0].where.protocol(), ::dup(found[0].descriptor));
  acceptor second = duplicate(io, first);
  close(first);
  socket client(io);
  client.connect(found[0].where);
  const socket accepted = second.accept();
  asio::ip::tcp::no_delay no_delay;
  accepted.get_option(no_delay);
  EXPECT_TRUE(no_delay.value());
}

TEST(inherited_listeners, are_refused_by_number_if_they_are_no_listening_stream_sockets) {
  asio::io_context io;
  acceptor listening = tcp_at(io, "127.0.0.1");
  socket connected(io);
  connected.connect(listening.local_endpoint());
  asio::ip::udp::socket datagrams(io, {asio::ip::address_v4::loopback(), 0});
  for (const int wrong : {connected.native_handle(), datagrams.native_handle()}) {
    const passed_on both({listening.native_handle(), wrong});
    EXPECT_THAT(fault_of_inheriting(), HasSubstr("cannot listen at descriptor 501 of LISTEN_FDS"));
  }
  const passed_on one({listening.native_handle()});
  const variable more("LISTEN_FDS", "2147483647");
  EXPECT_THAT(fault_of_inheriting(), HasSubstr("descriptor 501"));
}

TEST(inherited_listeners, are_refused_if_their_number_is_none) {
  for (const char* wrong : {"", "two", "-1", "1 ", "99999999999"}) {
    const passed_on none({});
    const variable count("LISTEN_FDS", wrong);
    EXPECT_THAT(fault_of_inheriting(), HasSubstr("LISTEN_FDS is \"" + std::string(wrong) + "\""));
  }
}

TEST(inherited_listeners, begin_at_descriptor_3) {
  asio::io_context io;
  acceptor listening = tcp_at(io, "127.0.0.1");
  const endpoint where = listening.local_endpoint();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(listening.native_handle(), 3);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    const auto found = inherited_listeners();
    ::_exit(found.size() == 1 && found[0].descriptor == 3 && found[0].where == where ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace lastframe::net
