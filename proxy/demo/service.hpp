// The demo's service: WebSocket endpoints that close in every way.
#pragma once

#include <cstdint>
#include <memory>

namespace lastframe::demo {

/// Serves on a free port of 127.0.0.1, in a thread of its own, until it is destroyed.
///
/// | path | what it does |
/// | --- | --- |
/// | `/echo` | sends every message back; answers a Close with the same |
/// | `/close/CODE` | sends a Close with that code, 4001 with the reason "session expired" |
/// | `/close/none` | sends a Close without a status |
/// | `/reset` | ends with a RST |
/// | `/cut` | ends in the middle of a message |
/// | `/refuse` | answers the upgrade with 503 |
/// | any other | answers the upgrade with 404 |
class service {
 public:
  /// Throws boost::system::system_error if no port can be had.
  service();
  ~service();
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace lastframe::demo
