// The least that a proxy can do: one thread that copies bytes between two sockets, and knows no frames.
#pragma once

#include <netinet/in.h>

namespace lastframe::bench {

/// Announces its port, then copies between each client and a connection of its own to `upstream`, until the
/// process is ended. A side is read into one buffer of 64 KiB; only what the other does not take is kept, and
/// until that is gone nothing more is read.
[[noreturn]] void copy_bytes(const sockaddr_in& address, const sockaddr_in& upstream);

}  // namespace lastframe::bench
