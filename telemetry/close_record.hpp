// How a tunnel ended: what the tunnel machine yields once, and everything that counts or logs a close reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "telemetry/vocabulary.hpp"

namespace lastframe::telemetry {

/// A close code (RFC 6455 §7.4) as it stands on a wire or in a count.
using close_code = std::uint16_t;

/// How one open leg ended.
struct leg_ending {
  close_code code = 1006;      ///< the code that the endpoint at the leg's far end reports
  std::string reason;          ///< the reason that came with it; UTF-8, at most 123 bytes
  bool from_upstream = false;  ///< the code was sent by upstream (only these may take a label of their own)

  bool operator==(const leg_ending&) const = default;
};

/// How a tunnel ended. A leg that never opened has no ending.
struct close_record {
  initiator by = initiator::proxy;
  cause why = cause::internal_error;
  std::optional<leg_ending> client;
  std::optional<leg_ending> upstream;

  bool operator==(const close_record&) const = default;
};

}  // namespace lastframe::telemetry
