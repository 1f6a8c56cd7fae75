#include "proxy/session/request.hpp"

#include <chrono>

#include "proxy/http/errc.hpp"

namespace lastframe::session {

namespace {

using net::io_status;

constexpr std::chrono::seconds short_linger{1};

bool passed(time_point until) noexcept {
  return std::chrono::steady_clock::now() >= until;
}

template <class Head>
using parser = http::result<std::optional<http::parsed<Head>>> (*)(std::string_view, std::size_t);

bool is_final(const http::request_head&) noexcept {
  return true;
}

bool is_final(const http::response_head& head) noexcept {
  return head.status >= 200 || head.status == 101;
}

template <class Head>
task<std::variant<Head, head_error>> read_head(net::connection& from, std::string& ahead, buffer_share& held,
                                               head_limits limits, parser<Head> parse) {
  for (;;) {
    auto found = parse(ahead, limits.bytes);
    if (!found)
      co_return found.error() == http::errc::head_too_large ? head_error::too_large : head_error::malformed;
    if (*found) {
      ahead.erase(0, (*found)->size);
      if (is_final((*found)->head)) co_return std::move((*found)->head);
      continue;
    }
    const std::size_t before = ahead.size();
    if (before != 0 && held.exhausted()) co_return head_error::no_room;
    if (passed(limits.until)) co_return head_error::timed_out;
    const io_status more = co_await from.read(ahead, limits.until);
    held.add(ahead.size() - before);
    if (more != io_status::done) co_return passed(limits.until) ? head_error::timed_out : head_error::ended;
  }
}

}  // namespace

task<std::variant<http::request_head, head_error>> read_request(net::connection& from, std::string& ahead,
                                                                buffer_share& held, head_limits limits) {
  return read_head<http::request_head>(from, ahead, held, limits, &http::parse_request);
}

task<std::variant<http::response_head, head_error>> read_response(net::connection& from, std::string& ahead,
                                                                  buffer_share& held, head_limits limits) {
  return read_head<http::response_head>(from, ahead, held, limits, &http::parse_response);
}

task<bool> write_all(net::connection& to, std::string bytes, time_point until) {
  co_return co_await to.write(bytes, until);
}

task<void> hang_up(net::connection to) {
  to.shutdown_send();
  const time_point until = std::chrono::steady_clock::now() + short_linger;
  std::string dropped;
  while (!passed(until)) {
    dropped.clear();
    const io_status found = co_await to.read(dropped, until);
    if (found != io_status::done) break;
  }
}

}  // namespace lastframe::session
