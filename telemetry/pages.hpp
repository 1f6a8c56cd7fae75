// What the telemetry server answers to which request; no sockets.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/exporter.hpp"
#include "telemetry/status.hpp"

namespace lastframe::telemetry {

/// An answer's status and content.
struct page {
  page(unsigned code, std::string text, std::string_view content_type = "text/plain; charset=utf-8")
      : status(code), body(std::move(text)), type(content_type) {}

  unsigned status;
  std::string body;
  std::string_view type;  ///< static storage
};

/// A request as far as it matters here. Refers to the request's own text.
struct page_request {
  std::string_view method;
  std::string_view target;  ///< path and query
  std::string_view host;    ///< the Host field; empty if there is none
};

/// Who may see `/closes`, `/status`, `/codes` and the page at `/` with its files.
enum class details_access {
  all,
  own_hosts,  ///< requests whose Host is an address or `localhost`: no name that a web page's author chose
  none,
};

/// What answers are made from.
struct page_sources {
  const exporter* metrics;
  phase now;
  std::chrono::system_clock::time_point time;
  std::chrono::seconds uptime;
};

/// The answer to any request but an allowed one for `/closes`: none, then, since that takes the workers.
[[nodiscard]] std::optional<page> page_for(const page_request& asked, details_access access,
                                           const page_sources& from);

/// The header fields of an answer but its length; all static storage. The page itself has a
/// Content-Security-Policy without anything inline and without other origins.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> fields_of(const page& answer);

}  // namespace lastframe::telemetry
