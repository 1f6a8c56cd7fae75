#include "telemetry/pages.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

namespace lastframe::telemetry {

namespace {

bool is_own_host(std::string_view host) {
  if (host.empty() || host.front() == '[') return true;
  host = host.substr(0, host.find(':'));
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string{host}, error);
  return !error || boost::beast::iequals(host, "localhost");
}

page readiness(phase now) {
  switch (now) {
    case phase::serving:
      return {200, "ready\n"};
    case phase::starting:
      return {503, "starting\n"};
    case phase::draining:
      break;
  }
  return {503, "draining\n"};
}

}  // namespace

std::optional<page> page_for(const page_request& asked, closes_access access, const exporter& metrics,
                             phase now) {
  const std::string_view path = asked.target.substr(0, asked.target.find('?'));
  if (path != "/metrics" && path != "/healthz" && path != "/readyz" && path != "/closes") {
    return page{404, "not found; there are /metrics, /healthz, /readyz and /closes\n"};
  }
  if (asked.method != "GET" && asked.method != "HEAD") return page{405, "only GET and HEAD are allowed\n"};
  if (path == "/healthz") return page{200, "ok\n"};
  if (path == "/readyz") return readiness(now);
  if (path == "/metrics") return page{200, metrics.text(), "text/plain; version=0.0.4; charset=utf-8"};
  if (access == closes_access::none || (access == closes_access::own_hosts && !is_own_host(asked.host))) {
    return page{403,
                "shown only on a loopback address, and asked for by an address or as localhost, since it "
                "holds peers' "
                "addresses; telemetry.details: true shows it everywhere\n"};
  }
  return std::nullopt;
}

std::size_t closes_limit(std::string_view target, std::size_t most) noexcept {
  constexpr std::string_view key = "?limit=";
  const auto at = target.find(key);
  std::size_t limit = most;
  if (at == std::string_view::npos) return limit;
  const std::string_view digits = target.substr(at + key.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), limit);
  return std::min(limit, most);
}

}  // namespace lastframe::telemetry
