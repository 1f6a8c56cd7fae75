#include "telemetry/access_log.hpp"

#include <new>

#include "telemetry/tunnel_line.hpp"

namespace lastframe::telemetry {

namespace {

bool is_ordinary(const std::optional<leg_ending>& ending) {
  if (!ending) return true;
  const close_code code = ending->code;
  return code == 1000 || code == 1001 || code == 1005 || code == 1012 || (code >= 3000 && code <= 4999);
}

}  // namespace

bool is_abnormal(const close_record& ending) noexcept {
  const bool planned =
      ending.why == cause::close_frame || ending.why == cause::drain || ending.why == cause::max_lifetime;
  return !planned || !is_ordinary(ending.client) || !is_ordinary(ending.upstream);
}

void access_log::write(const tunnel_summary& tunnel, const catalogue& names) noexcept {
  const access_filter filter = filter_.load(std::memory_order_relaxed);
  if (filter == access_filter::off) return;
  if (filter == access_filter::abnormal && !is_abnormal(tunnel.ending)) return;
  try {
    out_->write(tunnel_line(tunnel, names, format_));
  } catch (const std::bad_alloc&) {
    // A line is not worth a tunnel.
  }
}

}  // namespace lastframe::telemetry
