// The TLS files of a configuration: read at start, and again when they change.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/config/settings.hpp"
#include "proxy/session/tls.hpp"
#include "telemetry/reload_status.hpp"

namespace lastframe::server {

/// Holds what is in force. One thread uses it; the setups it gives out are anyone's.
class certificates {
 public:
  /// Reads all files. Throws net::tls_error for the first that cannot be used.
  explicit certificates(std::shared_ptr<const config::settings> settings)
      : certificates(read(std::move(settings))) {}
  /// Those of another configuration, which take the tickets of `before`. What is wrong with its files, a line
  /// for each listener or route, goes to `faults`; then this is of no use.
  certificates(std::shared_ptr<const config::settings> settings, const certificates& before,
               std::vector<std::string>& faults);

  [[nodiscard]] const std::shared_ptr<const session::tls_setup>& current() const noexcept { return current_; }
  /// The files' paths, as configured; each once.
  [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }
  /// Those in force, for telemetry.
  [[nodiscard]] std::vector<telemetry::certificate_expiry> expiries() const;

  /// Takes all files anew if one holds something else than before; none: none does. A listener or a route of
  /// which one cannot be used keeps what it had: the result says why, a line for each.
  [[nodiscard]] std::optional<std::vector<std::string>> reload();

 private:
  [[nodiscard]] static certificates read(std::shared_ptr<const config::settings> settings);
  certificates(std::shared_ptr<const config::settings> settings, std::shared_ptr<net::ticket_keys> tickets,
               std::vector<std::string>& faults);

  std::shared_ptr<const config::settings> settings_;
  std::shared_ptr<net::ticket_keys> tickets_;
  std::shared_ptr<const session::tls_setup> current_;
  std::vector<std::string> files_;
  std::vector<std::size_t> prints_;  // of what the files held when they were last read
};

/// The paths of a configuration's TLS files, as written; each once.
[[nodiscard]] std::vector<std::string> files_of(const config::settings& settings);

/// What is wrong with the TLS files of a configuration, a line for each listener or route; empty: nothing.
[[nodiscard]] std::vector<std::string> faults_of_files(const config::settings& settings);

}  // namespace lastframe::server
