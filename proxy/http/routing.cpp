#include "proxy/http/routing.hpp"

namespace lastframe::http {
namespace {

bool host_matches(std::string_view pattern, std::string_view host) noexcept {
  if (pattern.empty()) return true;
  if (!pattern.starts_with("*.")) return pattern == host;
  const std::string_view suffix = pattern.substr(1);
  return host.size() > suffix.size() && host.ends_with(suffix);
}

bool path_matches(std::string_view prefix, std::string_view path) noexcept {
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.empty() || path[prefix.size()] == '/';
}

}  // namespace

std::optional<std::size_t> find_route(const std::vector<config::route>& routes, std::string_view host,
                                      std::string_view path) noexcept {
  for (std::size_t i = 0; i < routes.size(); ++i)
    if (host_matches(routes[i].match.host, host) && path_matches(routes[i].match.path, path)) return i;
  return std::nullopt;
}

}  // namespace lastframe::http
