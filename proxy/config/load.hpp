// Loads a configuration file.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "proxy/config/expand.hpp"
#include "proxy/config/fault.hpp"
#include "proxy/config/settings.hpp"

namespace lastframe::config {

/// What a file's meaning depends on besides its text.
struct surroundings {
  variable_lookup variable;          ///< the environment, for `${NAME}`
  std::size_t descriptor_limit = 0;  ///< bounds `limits.connections`
  std::size_t cpus = 1;              ///< what `workers: auto` becomes
};

/// This process' environment and the machine's limits.
[[nodiscard]] surroundings process_surroundings();

/// Settings, or all that is wrong with the file: exactly one of the two is there.
struct load_result {
  std::shared_ptr<const settings> loaded;
  std::vector<fault> faults;  ///< in the file's order

  explicit operator bool() const noexcept { return loaded != nullptr; }
};

/// Reads and checks a whole file. A file that cannot be read is a fault as well. Throws only std::bad_alloc.
[[nodiscard]] load_result load_file(const std::string& path,
                                    const surroundings& around = process_surroundings());

/// The same for a text; `name` stands for the file in faults.
[[nodiscard]] load_result load_text(const std::string& text, const std::string& name,
                                    const surroundings& around = process_surroundings());

/// How many connections `connections: auto` is: two descriptors each, 256 kept for the rest, at most 100,000,
/// at least 1.
[[nodiscard]] std::size_t automatic_connections(std::size_t descriptor_limit) noexcept;

}  // namespace lastframe::config
