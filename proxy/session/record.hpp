// The last step of a tunnel: its close is counted and logged.
#pragma once

#include "proxy/protocol/tunnel_machine.hpp"
#include "proxy/session/request.hpp"
#include "proxy/session/tunnel.hpp"

namespace lastframe::session {

/// Records a finished tunnel, once.
void record(worker_context& worker, const tunnel_info& info, const protocol::tunnel_machine& machine);

/// Records a client whose TLS handshake failed: 1015 (DESIGN §5).
void record_failed_handshake(worker_context& worker, const client& peer);

/// Records an upstream whose TLS handshake failed, where no tunnel does.
void record_failed_upstream(worker_context& worker, const tunnel_info& info);

}  // namespace lastframe::session
