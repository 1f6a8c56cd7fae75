// Congestion control where there is no congestion.
#pragma once

#include "proxy/net/address.hpp"

namespace lastframe::net {

/// For a TCP socket that is about to listen at `where`, or to connect to it: Reno, if that is a loopback
/// address. Such a way has nothing to be probed for and nobody to be shared with, and a host's BBR would pace
/// what is sent there by timers, at a quarter more CPU. Accepted sockets inherit it. Once a socket is
/// connected it would be too late: BBR's pacing stays. Where the kernel refuses, nothing changes.
void suit_congestion_control(int descriptor, const endpoint& where) noexcept;

}  // namespace lastframe::net
