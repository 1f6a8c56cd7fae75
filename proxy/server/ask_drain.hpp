// `lastframe drain`: tells a running proxy to drain, and waits for its end. Blocks.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace lastframe::server {

/// What came of it.
struct drain_answer {
  bool done = false;
  std::string text;  ///< one line for people
};

/// The other processes that run this executable as a proxy, or as its demo, and that this user may signal.
[[nodiscard]] std::vector<pid_t> running_proxies();

/// Sends SIGTERM to process `pid` and, with `wait`, returns when it has ended: a drain ends at
/// `drain.deadline` at the latest.
[[nodiscard]] drain_answer ask_drain(pid_t pid, bool wait);
/// The same to the only one of `running_proxies`; an answer that says so if there is none, or more than one.
[[nodiscard]] drain_answer ask_drain(bool wait);

}  // namespace lastframe::server
