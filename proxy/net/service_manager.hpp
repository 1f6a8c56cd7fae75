// The service manager that started the process, where there is one. It is told how the process fares, and may
// have opened its listening sockets: systemd's protocols, as sd_notify(3) and sd_listen_fds(3) describe them.
#pragma once

#include <string_view>
#include <vector>

#include <boost/system/error_code.hpp>

#include "proxy/net/address.hpp"

namespace lastframe::net {

/// Tells the service manager at $NOTIFY_SOCKET of this process: lines NAME=VALUE, such as "READY=1". Does
/// nothing where there is none. Waits while the manager's queue is full. Any thread.
[[nodiscard]] boost::system::error_code notify(std::string_view state);

/// A listening socket, TCP or unix, that the process was started with.
struct inherited_listener {
  int descriptor = -1;  ///< close-on-exec; the caller's to close
  endpoint where;       ///< its local address
};

/// The sockets that the service manager passed on (LISTEN_FDS), in its order; none where they are meant for
/// another process (LISTEN_PID). Once: the variables are removed. What they accept has TCP_NODELAY set, as
/// with `listen_tcp`. `first` is the lowest of the descriptors. To be called before there are other threads,
/// since it changes the environment. Throws std::system_error, whose message names the descriptor, if one of
/// them is no such socket.
[[nodiscard]] std::vector<inherited_listener> inherited_listeners(int first = 3);

}  // namespace lastframe::net
