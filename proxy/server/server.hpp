// The proxy as a whole: workers, telemetry, signals, drain.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "proxy/config/settings.hpp"

namespace lastframe::server {

/// Runs the proxy until it was told to end (SIGTERM, SIGINT) and has drained. Returns the process' exit code.
/// Throws std::system_error or std::runtime_error if it cannot start; the message says what, where, and what
/// to do. SIGHUP reads `file` again, which `settings` are from; empty: from none. `on_started` is called once
/// all listeners and the telemetry server accept.
int run(std::shared_ptr<const config::settings> settings, const std::string& file = {},
        const std::function<void()>& on_started = {});

}  // namespace lastframe::server
