// One client connection, from its first byte to its tunnel.
#pragma once

#include "proxy/session/request.hpp"
#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

/// Reads the request, finds the route, dials upstream, and opens the tunnel, or tells the client why there is
/// none.
[[nodiscard]] task<void> serve(worker_context& worker, client peer);

/// Resets the connection of a client for whom there is no place, not even to be told so, and counts it.
void turn_away(worker_context& worker, client peer);

}  // namespace lastframe::session
