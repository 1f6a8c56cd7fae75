#include "proxy/session/request.hpp"

#include <chrono>

#include "proxy/http/errc.hpp"

namespace lastframe::session {

namespace {

using net::io_status;

constexpr std::chrono::seconds short_linger{1};

template <class Head>
using parser = http::result<std::optional<http::parsed<Head>>> (*)(std::string_view, std::size_t);

bool is_final(const http::request_head&) noexcept {
  return true;
}

bool is_final(const http::response_head& head) noexcept {
  return head.status >= 200 || head.status == 101;
}

template <class Head>
std::optional<head_or_error<Head>> head_now(net::connection& from, std::string& ahead, buffer_share& held,
                                            const head_limits& limits, parser<Head> parse) {
  for (;;) {
    const std::size_t before = ahead.size();
    const io_status more = from.read_now(ahead);
    if (more == io_status::would_block) return std::nullopt;
    held.add(ahead.size() - before);
    if (more != io_status::done) return head_error::ended;
    while (!ahead.empty()) {
      auto found = parse(ahead, limits.bytes);
      if (!found)
        return found.error() == http::errc::head_too_large ? head_error::too_large : head_error::malformed;
      if (!*found) break;
      ahead.erase(0, (*found)->size);
      if (is_final((*found)->head)) return std::move((*found)->head);
    }
    if (!ahead.empty() && held.exhausted()) return head_error::no_room;
  }
}

template <class Head>
task<head_or_error<Head>> read_head(net::connection& from, std::string& ahead, buffer_share& held,
                                    head_limits limits, parser<Head> parse) {
  for (;;) {
    auto found = head_now(from, ahead, held, limits, parse);
    if (found) co_return std::move(*found);
    if (from.now() >= limits.until) co_return head_error::timed_out;  // heads of 1xx may come without end
    ahead.shrink_to_fit();                                            // whoever waits holds nothing
    const bool ready = co_await from.readable(limits.until);
    if (!ready) co_return head_error::timed_out;
  }
}

}  // namespace

std::optional<head_or_error<http::request_head>> request_now(net::connection& from, std::string& ahead,
                                                             buffer_share& held, const head_limits& limits) {
  return head_now<http::request_head>(from, ahead, held, limits, &http::parse_request);
}

task<head_or_error<http::request_head>> read_request(net::connection& from, std::string& ahead,
                                                     buffer_share& held, head_limits limits) {
  return read_head<http::request_head>(from, ahead, held, limits, &http::parse_request);
}

task<head_or_error<http::response_head>> read_response(net::connection& from, std::string& ahead,
                                                       buffer_share& held, head_limits limits) {
  return read_head<http::response_head>(from, ahead, held, limits, &http::parse_response);
}

task<bool> write_all(net::connection& to, std::string bytes, time_point until) {
  co_return co_await to.write(bytes, until);
}

task<void> hang_up(net::connection to) {
  to.shutdown_send();
  const time_point until = to.now() + short_linger;
  std::string dropped;
  while (to.now() < until) {
    dropped.clear();
    const io_status found = co_await to.read(dropped, until);
    if (found != io_status::done) break;
  }
}

}  // namespace lastframe::session
