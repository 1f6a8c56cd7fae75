#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

worker_context::worker_context(asio::io_context& context, std::shared_ptr<const config::settings> loaded,
                               telemetry::recorder& counts, telemetry::access_log& tunnel_log,
                               telemetry::logger& general_log, admission& places,
                               protocol::buffer_budget& room)
    : io(context),
      settings(std::move(loaded)),
      recorder(counts),
      access(tunnel_log),
      log(general_log),
      connections(places),
      names(context),
      poller(context),
      timers(context),
      budget(room),
      pacers(settings->routes.size()),
      buffer_(protocol::max_header_size + read_size) {}

}  // namespace lastframe::session
