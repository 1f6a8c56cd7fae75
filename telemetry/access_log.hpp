// One line per ended tunnel.
#pragma once

#include <atomic>

#include "telemetry/catalogue.hpp"
#include "telemetry/log_output.hpp"
#include "telemetry/tunnel_summary.hpp"

namespace lastframe::telemetry {

/// Which tunnels are logged.
enum class access_filter { all, abnormal, off };

/// Whether something went wrong: any cause but `close_frame`, `drain` and `max_lifetime`, or a leg with any
/// code but 1000, 1001, 1005, 1012 and those of applications (3000 to 4999).
[[nodiscard]] bool is_abnormal(const close_record& ending) noexcept;

/// Writes the access log. Any thread; never waits. Peers' text is escaped and cut, so that each tunnel gives
/// exactly one line and, as JSON, always a valid one.
class access_log {
 public:
  /// `out` must outlive the log.
  access_log(log_output& out, log_format format, access_filter filter)
      : out_(&out), format_(format), filter_(filter) {}

  /// `names`: one of the process' catalogues that has the tunnel's route.
  void write(const tunnel_summary& tunnel, const catalogue& names) noexcept;
  /// Tunnels that end from here on are logged in another way.
  void use(log_format format, access_filter filter) noexcept {
    format_ = format;
    filter_ = filter;
  }

 private:
  log_output* out_;
  std::atomic<log_format> format_;
  std::atomic<access_filter> filter_;
};

}  // namespace lastframe::telemetry
