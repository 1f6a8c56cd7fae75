// From names to addresses, without ever waiting for a name that does not answer.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/system/result.hpp>

#include "proxy/net/task.hpp"
#include "proxy/net/wait_list.hpp"

namespace lastframe::net {

/// A name's addresses, at least one, in the order in which they are to be tried; or why there are none.
using resolution = boost::system::result<std::vector<asio::ip::address>>;

/// Asks the system: hosts file, DNS and whatever else nsswitch.conf names. Blocks, and cannot be cancelled.
[[nodiscard]] resolution system_lookup(const std::string& name);

/// Looks names up for the coroutines of one loop. Each lookup has a detached thread of its own, so that
/// no name waits for another and nobody, not even the process' end, waits for one that hangs. There is one
/// lookup of a name at a time, joined by all who ask for it, and its outcome is kept for a while. It keeps a
/// little of every name it was ever asked for: names are the configuration's, never a peer's. Not
/// thread-safe: the loop's thread only. The loop must outlive it.
class resolver {
 public:
  /// A lookup that may block. Called on threads that may outlive everything but what it owns.
  using lookup = std::function<resolution(const std::string& name)>;

  /// How long outcomes are kept.
  struct lifetimes {
    std::chrono::milliseconds found{5'000};
    std::chrono::milliseconds failed{1'000};
  };

  explicit resolver(event_loop& loop, lookup find = &system_lookup)
      : resolver(loop, std::move(find), lifetimes{}) {}
  resolver(event_loop& loop, lookup find, lifetimes kept);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// The address that `host` is, if it is a literal: it needs no lookup.
  [[nodiscard]] static std::optional<asio::ip::address> literal(const std::string& host);
  /// The addresses of `host`, a name or a literal; `timed_out` if they are not known by `at`.
  [[nodiscard]] task<resolution> resolve(std::string host, time_point at);

 private:
  struct shared;
  struct entry {
    resolution found = error_code(asio::error::host_not_found);
    time_point stale{};
    bool under_way = false;
    wait_list waiting;
  };

  void begin(const std::string& name, entry& asked);
  void done(const std::string& name, resolution found);

  event_loop& loop_;
  lifetimes kept_;
  std::map<std::string, entry> names_;
  std::shared_ptr<shared> shared_;
};

}  // namespace lastframe::net
