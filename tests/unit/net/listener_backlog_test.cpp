#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/net/listener.hpp"

namespace lastframe::net {
namespace {

/// A listening unix socket that accepts nobody, with a backlog that takes no one more.
class full_backlog {
 public:
  explicit full_backlog(const std::string& path) : where_(unix_endpoint(path)) {
    descriptors_.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int listening = descriptors_.front();
    if (::bind(listening, where_.data(), static_cast<socklen_t>(where_.size())) != 0 ||
        ::listen(listening, 0) != 0) {
      throw std::system_error(errno, std::system_category(), path);
    }
    while (join()) {
    }
  }
  ~full_backlog() {
    for (const int each : descriptors_) ::close(each);
  }
  full_backlog(const full_backlog&) = delete;
  full_backlog& operator=(const full_backlog&) = delete;

 private:
  bool join() {
    descriptors_.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return ::connect(descriptors_.back(), where_.data(), static_cast<socklen_t>(where_.size())) == 0;
  }

  endpoint where_;
  std::vector<int> descriptors_;
};

TEST(listen_unix, does_not_wait_for_a_program_that_listens_there_and_accepts_nobody) {
  const std::string path = "/tmp/lastframe-backlog-" + std::to_string(::getpid());
  {
    const full_backlog other(path);
    asio::io_context io;
    EXPECT_THROW(static_cast<void>(listen_unix(io, path)), std::system_error);
  }
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace lastframe::net
