#include "proxy/session/worker_context.hpp"

#include <algorithm>

namespace lastframe::session {

worker_context::worker_context(asio::io_context& context, std::shared_ptr<const config::settings> loaded,
                               telemetry::recorder& counts, telemetry::access_log& tunnel_log,
                               telemetry::logger& general_log, admission& places)
    : io(context),
      settings(std::move(loaded)),
      recorder(counts),
      access(tunnel_log),
      log(general_log),
      connections(places),
      names(context),
      poller(context),
      timers(context),
      budget(settings->limits.buffer_bytes / std::max<std::size_t>(settings->workers, 1)),
      pacers(settings->routes.size()),
      buffer_(protocol::max_header_size + read_size) {}

}  // namespace lastframe::session
