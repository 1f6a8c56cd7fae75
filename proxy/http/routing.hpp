// Which route takes a request.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/config/settings.hpp"

namespace lastframe::http {

/// The index of the first route that matches (DESIGN §7), or none.
/// `host`: lower case, without port, IPv6 in brackets; `*.example.com` stands for one label or more, and not
/// for `example.com`. `path`: without query, compared as the client wrote it (no percent-decoding, no dot
/// segments removed); a trailing `/` of the configured prefix means nothing.
[[nodiscard]] std::optional<std::size_t> find_route(const std::vector<config::route>& routes,
                                                    std::string_view host, std::string_view path) noexcept;

}  // namespace lastframe::http
