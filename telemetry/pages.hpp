// What the telemetry server answers to which request; no sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

/// Who may see `/closes`.
enum class closes_access {
  all,
  own_hosts,  ///< requests whose Host is an address or `localhost`: no name that a web page's author chose
  none,
};

/// The answer to any request but an allowed one for `/closes`: none, then, since that takes the workers.
[[nodiscard]] std::optional<page> page_for(const page_request& asked, closes_access access,
                                           const exporter& metrics, phase now);

/// The query's `limit` for `/closes`: from 0 to `most`, which is also the default.
[[nodiscard]] std::size_t closes_limit(std::string_view target, std::size_t most) noexcept;

}  // namespace lastframe::telemetry
