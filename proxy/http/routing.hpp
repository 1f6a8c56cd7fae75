// Which route takes a request.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/config/settings.hpp"

namespace lastframe::http {

/// The index of the first route that matches (DESIGN §7). `host`: lower case, without port; `path`: without query.
[[nodiscard]] std::optional<std::size_t> find_route(const std::vector<config::route>& routes, std::string_view host,
                                                    std::string_view path) noexcept;

}  // namespace lastframe::http
