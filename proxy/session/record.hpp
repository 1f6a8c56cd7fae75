// The last step of a tunnel: its close is counted and logged.
#pragma once

#include "proxy/protocol/tunnel_machine.hpp"
#include "proxy/session/tunnel.hpp"

namespace lastframe::session {

/// Records a finished tunnel, once.
void record(worker_context& worker, const tunnel_info& info, const protocol::tunnel_machine& machine);

}  // namespace lastframe::session
