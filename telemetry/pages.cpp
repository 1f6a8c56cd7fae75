#include "telemetry/pages.hpp"

#include <algorithm>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

#include "telemetry/codes_page.hpp"
#include "telemetry/page_files.hpp"
#include "telemetry/status_page.hpp"

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

bool is_allowed(const page_request& asked, details_access access) {
  return access == details_access::all || (access == details_access::own_hosts && is_own_host(asked.host));
}

const page_file* find_file(std::string_view path) {
  const auto files = page_files();
  const auto found =
      std::find_if(files.begin(), files.end(), [path](const page_file& one) { return one.path == path; });
  return found == files.end() ? nullptr : &*found;
}

}  // namespace

std::optional<page> page_for(const page_request& asked, details_access access, const page_sources& from) {
  const std::string_view path = asked.target.substr(0, asked.target.find('?'));
  const page_file* const file = find_file(path);
  const bool has_details = file != nullptr || path == "/closes" || path == "/status" || path == "/codes";
  if (!has_details && path != "/metrics" && path != "/healthz" && path != "/readyz") {
    return page{404, "not found; there are /, /metrics, /healthz, /readyz, /closes, /status and /codes\n"};
  }
  if (asked.method != "GET" && asked.method != "HEAD") return page{405, "only GET and HEAD are allowed\n"};
  if (path == "/healthz") return page{200, "ok\n"};
  if (path == "/readyz") return readiness(from.now);
  if (path == "/metrics") {
    return page{200, from.metrics->text(), "text/plain; version=0.0.4; charset=utf-8"};
  }
  if (!is_allowed(asked, access)) {
    return page{403,
                "shown only on a loopback address, and asked for by an address or as localhost, since it "
                "holds peers' "
                "addresses; telemetry.details: true shows it everywhere\n"};
  }
  if (file != nullptr) return page{200, std::string{file->text}, file->type};
  if (path == "/status") {
    return page{200, status_page(*from.metrics, from.now, from.time, from.uptime), "application/json"};
  }
  if (path == "/codes") return page{200, codes_page(*from.metrics->names()), "application/json"};
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string_view>> fields_of(const page& answer) {
  // The demo invites to open WebSockets to its proxy from the browser's console, which this governs too.
  constexpr std::string_view policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
      "connect-src 'self' ws://localhost:* ws://127.0.0.1:*; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  std::vector<std::pair<std::string_view, std::string_view>> fields{{"Content-Type", answer.type},
                                                                    {"Cache-Control", "no-store"},
                                                                    {"X-Content-Type-Options", "nosniff"},
                                                                    {"Referrer-Policy", "no-referrer"}};
  if (answer.type.starts_with("text/html")) fields.emplace_back("Content-Security-Policy", policy);
  if (answer.status == 405) fields.emplace_back("Allow", "GET, HEAD");
  return fields;
}

}  // namespace lastframe::telemetry
