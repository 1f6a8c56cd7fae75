// The upstream of all measurements.
#pragma once

#include <netinet/in.h>

namespace lastframe::bench {

/// Announces its port, then serves until the process is ended. The path says what a tunnel does:
///   /echo    each frame is answered by one of the same kind and size
///   /sink    binary messages are thrown away, a text is answered by itself
///   /down    a text `COUNT SIZE` is answered by COUNT binary messages of SIZE
/// Pings and Closes are answered in each.
[[noreturn]] void serve(const sockaddr_in& address);

}  // namespace lastframe::bench
