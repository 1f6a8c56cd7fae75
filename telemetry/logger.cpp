#include "telemetry/logger.hpp"

#include <chrono>
#include <new>

#include "telemetry/text.hpp"

namespace lastframe::telemetry {

void logger::log(log_level level, std::string_view message, log_fields fields) noexcept {
  if (!enabled(level)) return;
  try {
    line_builder line{format_};
    line.add("time", to_rfc3339(std::chrono::system_clock::now()));
    line.add("level", to_string(level));
    line.add("message", message);
    for (const log_field& field : fields) {
      std::visit([&](auto value) { line.add(field.name, value); }, field.value);
    }
    out_->write(line.take());
  } catch (const std::bad_alloc&) {
    // A line is not worth the process.
  }
}

}  // namespace lastframe::telemetry
