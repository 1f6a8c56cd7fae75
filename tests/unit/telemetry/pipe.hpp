// A pipe for a log to write to.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace lastframe::telemetry {

class pipe_pair {
 public:
  pipe_pair() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  }
  ~pipe_pair() {
    close_reader();
    close_writer();
  }
  pipe_pair(const pipe_pair&) = delete;
  pipe_pair& operator=(const pipe_pair&) = delete;

  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_reader() { close(0); }
  void close_writer() { close(1); }

  /// Makes the pipe take nothing more; returns how many bytes that took.
  std::size_t fill() {
    ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    const std::string piece(4'096, '#');
    std::size_t size = 0;
    for (ssize_t n = 0; (n = ::write(ends_[1], piece.data(), piece.size())) > 0;)
      size += static_cast<std::size_t>(n);
    ::fcntl(ends_[1], F_SETFL, 0);
    return size;
  }

  /// One line without its newline; empty at the end or when none comes for ten seconds.
  std::string read_line() {
    for (;;) {
      if (const auto end = read_.find('\n'); end != std::string::npos) {
        std::string line = read_.substr(0, end);
        read_.erase(0, end + 1);
        return line;
      }
      if (!read_some(10'000)) return {};
    }
  }

  /// All until the writer's end is closed, or nothing comes for ten seconds.
  std::string read_all() {
    while (read_some(10'000)) {
    }
    return std::exchange(read_, {});
  }

  /// Throws away exactly `size` bytes.
  void skip(std::size_t size) {
    while (read_.size() < size && read_some(10'000)) {
    }
    read_.erase(0, size);
  }

 private:
  bool read_some(int timeout_ms) {
    pollfd waiting{ends_[0], POLLIN, 0};
    if (::poll(&waiting, 1, timeout_ms) <= 0) return false;
    std::array<char, 65'536> piece{};
    const ssize_t n = ::read(ends_[0], piece.data(), piece.size());
    if (n <= 0) return false;
    read_.append(piece.data(), static_cast<std::size_t>(n));
    return true;
  }

  void close(std::size_t end) {
    if (ends_.at(end) >= 0) ::close(std::exchange(ends_.at(end), -1));
  }

  std::array<int, 2> ends_{-1, -1};
  std::string read_;
};

}  // namespace lastframe::telemetry
