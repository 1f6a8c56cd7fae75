// What the last reading of the configuration's files came to.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/vocabulary.hpp"

namespace lastframe::telemetry {

/// A certificate in use.
struct certificate_expiry {
  leg side;
  std::string path;  ///< as configured
  std::chrono::system_clock::time_point expires;
};

/// Written by who reads files, read by scrapes. Any thread.
class reload_status {
 public:
  struct state {
    std::uint64_t succeeded = 0;  ///< reloads: the reading at start is none
    std::uint64_t failed = 0;
    bool up_to_date = true;  ///< nothing older is in use than what was read last
    std::chrono::system_clock::time_point last_success;
    std::vector<certificate_expiry> certificates;
  };

  /// The reading at start: a process that could not read its files does not run.
  void started(std::vector<certificate_expiry> certificates, std::chrono::system_clock::time_point now) {
    const std::lock_guard guard(lock_);
    now_.last_success = now;
    now_.certificates = std::move(certificates);
  }

  /// A later one; `certificates` are those in force behind it. `up_to_date`: it could be used, and so could
  /// what it did not read.
  void reloaded(bool succeeded, bool up_to_date, std::vector<certificate_expiry> certificates,
                std::chrono::system_clock::time_point now) {
    const std::lock_guard guard(lock_);
    ++(succeeded ? now_.succeeded : now_.failed);
    now_.up_to_date = up_to_date;
    if (succeeded) now_.last_success = now;
    now_.certificates = std::move(certificates);
  }

  [[nodiscard]] state get() const {
    const std::lock_guard guard(lock_);
    return now_;
  }

 private:
  mutable std::mutex lock_;
  state now_;
};

}  // namespace lastframe::telemetry
