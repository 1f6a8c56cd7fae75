// One ended tunnel as a line or an object: the access log and `/closes` show the same fields.
#pragma once

#include <cstddef>
#include <string>

#include "telemetry/catalogue.hpp"
#include "telemetry/log_output.hpp"
#include "telemetry/tunnel_summary.hpp"

namespace lastframe::telemetry {

/// How many bytes of each text that a peer chose are kept or shown.
inline constexpr std::size_t max_host_bytes = 255;
inline constexpr std::size_t max_path_bytes = 1'024;
inline constexpr std::size_t max_subprotocol_bytes = 128;
inline constexpr std::size_t max_reason_bytes = 123;  // RFC 6455 §5.5.1

/// The tunnel as one line, without a newline. A leg that never opened has a null code and reason.
[[nodiscard]] std::string tunnel_line(const tunnel_summary& tunnel, const catalogue& names,
                                      log_format format);

}  // namespace lastframe::telemetry
