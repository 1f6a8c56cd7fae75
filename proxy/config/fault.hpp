// What is wrong with a file, and where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::config {

/// A place in a file; both count from 1, columns in characters. Line 0: the file as a whole.
struct position {
  std::size_t line = 0;
  std::size_t column = 0;

  auto operator<=>(const position&) const = default;
};

/// One error of a file.
struct fault {
  std::string file;
  position where;
  std::string message;

  bool operator==(const fault&) const = default;
};

/// `file:line:column: message`, or `file: message` for a fault of the whole file. One line, without its end.
[[nodiscard]] std::string to_string(const fault& what);

/// Peers' or users' text in quotes, control characters escaped, cut after 80 bytes: always one line.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Collects the faults of one file while it is read: in the order of the file, each once.
class fault_list {
 public:
  explicit fault_list(std::string file) : file_{std::move(file)} {}

  void add(position where, std::string message);
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] bool empty() const noexcept { return found_.empty(); }

  /// What was found. Leaves the list empty.
  [[nodiscard]] std::vector<fault> take();

 private:
  std::string file_;
  std::vector<fault> found_;
};

}  // namespace lastframe::config
