// The page for people, as it lies in page/: built into the binary.
#pragma once

#include <span>
#include <string_view>

namespace lastframe::telemetry {

/// One file of the page. Static storage.
struct page_file {
  std::string_view path;  ///< as asked for, such as `/script.js`; `/` for index.html
  std::string_view type;  ///< of its content
  std::string_view text;
};

[[nodiscard]] std::span<const page_file> page_files() noexcept;

}  // namespace lastframe::telemetry
