// Where log lines go: a bounded queue and a thread that writes, so that a slow terminal slows no one else.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace lastframe::telemetry {

enum class log_format { json, text };

/// Lines to a file descriptor. Any thread may write; no call waits for the descriptor. When the queue is full
/// the oldest line in it is lost. A descriptor that fails loses its lines and nothing else.
class log_output {
 public:
  static constexpr std::size_t default_lines = 8'192;

  /// `descriptor` stays the caller's and must outlive this, such as STDOUT_FILENO. Throws std::system_error
  /// if no thread can be started.
  explicit log_output(int descriptor, std::size_t lines = default_lines);
  /// Writes what is queued, for at most a second if the descriptor does not take it.
  ~log_output();
  log_output(const log_output&) = delete;
  log_output& operator=(const log_output&) = delete;

  /// One line, without its newline.
  void write(std::string_view line) noexcept;

  /// How many lines were lost to a full queue.
  [[nodiscard]] std::size_t lost() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace lastframe::telemetry
