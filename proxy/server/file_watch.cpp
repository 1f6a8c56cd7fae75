#include "proxy/server/file_watch.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

#include <sys/inotify.h>

namespace lastframe::server {

namespace {

constexpr std::chrono::milliseconds moment{200};

}  // namespace

file_watch::file_watch(net::executor where, const std::vector<std::string>& files) : events_(where) {
  const int made = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (made < 0) throw std::system_error(errno, std::generic_category(), "cannot watch files");
  events_.assign(made);
  std::set<std::filesystem::path> folders;
  for (const std::string& each : files) folders.insert(std::filesystem::absolute(each).parent_path());
  for (const auto& each : folders) {
    constexpr std::uint32_t wanted = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE;
    const int watch = ::inotify_add_watch(events_.native_handle(), each.c_str(), wanted);
    if (watch < 0 && errno != ENOENT) {
      throw std::system_error(errno, std::generic_category(), "cannot watch " + each.string());
    }
  }
}

net::task<bool> file_watch::changed() {
  using descriptor = decltype(events_);
  const auto [error] = co_await events_.async_wait(descriptor::wait_read, net::as_result);
  net::timer pause(events_.get_executor());
  std::array<char, 4'096> dropped;
  for (ssize_t n = 1; n > 0 && !error;) {
    pause.expires_after(moment);
    co_await pause.async_wait(net::as_result);
    n = ::read(events_.native_handle(), dropped.data(), dropped.size());
  }
  co_return events_.is_open();
}

void file_watch::stop() {
  net::error_code ignored;
  events_.close(ignored);
}

}  // namespace lastframe::server
