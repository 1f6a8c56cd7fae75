#include "proxy/server/ask_drain.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <poll.h>
#include <unistd.h>
extern "C" {
#include <sys/pidfd.h>  // of glibc 2.36, which does not say so itself
}

namespace lastframe::server {
namespace {

namespace fs = std::filesystem;

drain_answer refused(pid_t pid) {
  const std::string why = std::generic_category().message(errno);
  return {false, "cannot signal process " + std::to_string(pid) + ": " + why};
}

/// A process by its pid while it lives: never another one that got its number.
class process {
 public:
  explicit process(pid_t pid) : handle_(::pidfd_open(pid, 0)) {}
  ~process() {
    if (handle_ >= 0) ::close(handle_);
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  [[nodiscard]] bool signal(int number) const noexcept {
    return handle_ >= 0 && ::pidfd_send_signal(handle_, number, nullptr, 0) == 0;
  }
  void await_end() const noexcept {
    pollfd end{.fd = handle_, .events = POLLIN, .revents = 0};
    while (::poll(&end, 1, -1) < 0 && errno == EINTR) {
    }
  }

 private:
  int handle_;
};

/// Whether a command line is a proxy's: an option, or nothing, where other commands have their names.
bool runs_proxy(const fs::path& directory) {
  std::ifstream in(directory / "cmdline", std::ios::binary);
  std::string program;
  std::string command;
  std::getline(in, program, '\0');
  std::getline(in, command, '\0');
  return !program.empty() && (command.empty() || command.starts_with('-') || command == "demo");
}

}  // namespace

std::vector<pid_t> running_proxies() {
  std::vector<pid_t> found;
  std::error_code unseen;
  for (const fs::directory_entry& each : fs::directory_iterator("/proc", unseen)) {
    const std::string name = each.path().filename();
    pid_t pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc{} || end != name.data() + name.size() || pid == ::getpid()) continue;
    // Of other users' processes there is nothing to be seen, nor to be told.
    if (fs::equivalent(each.path() / "exe", "/proc/self/exe", unseen) && runs_proxy(each.path()))
      found.push_back(pid);
  }
  return found;
}

drain_answer ask_drain(pid_t pid, bool wait) {
  const process told(pid);
  if (!told.signal(SIGTERM)) return refused(pid);
  if (!wait) return {true, "process " + std::to_string(pid) + " was told to drain"};
  told.await_end();
  return {true, "process " + std::to_string(pid) + " has drained and ended"};
}

drain_answer ask_drain(bool wait) {
  const std::vector<pid_t> found = running_proxies();
  if (found.size() == 1) return ask_drain(found.front(), wait);
  if (found.empty()) return {false, "no proxy of this program runs here that this user may signal"};
  std::string all;
  for (const pid_t each : found) all += " " + std::to_string(each);
  return {false, "several proxies run here: name one with --pid, of" + all};
}

}  // namespace lastframe::server
