// The one table from what failed before the upgrade to what is answered and counted (DESIGN §3, §4).
#pragma once

#include <string_view>

#include "telemetry/vocabulary.hpp"

namespace lastframe::http {

/// What failed before a tunnel opened.
enum class failure {
  not_resolved,
  refused,
  unreachable,
  connect_timeout,
  tls,  ///< its TLS handshake failed
  handshake_timeout,
  upstream_gone,  ///< upstream ended before its answer was complete
  malformed_answer,
  wrong_upgrade,  ///< a 101 that is none
  server_error,   ///< upstream answered 5xx
  no_resources,   ///< the machine's limits: EMFILE, ENFILE, ENOBUFS, EADDRNOTAVAIL
  limit_reached,  ///< limits.connections
  draining,
};

/// The answer to a failure.
struct failure_answer {
  telemetry::cause why;
  telemetry::initiator by;
  unsigned status;          ///< for `on_failure: http`
  std::string_view reason;  ///< of the Close frame and the answer's body; static, at most 123 bytes
};

[[nodiscard]] failure_answer answer_to(failure what) noexcept;

}  // namespace lastframe::http
