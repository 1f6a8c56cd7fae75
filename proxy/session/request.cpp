#include "proxy/session/request.hpp"

#include <array>
#include <chrono>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

#include "proxy/http/errc.hpp"

namespace lastframe::session {

namespace {

using net::as_result;
using net::error_code;
namespace asio = boost::asio;

constexpr std::size_t chunk = 4 << 10;
constexpr std::chrono::seconds short_linger{1};

template <class Head>
using parser = http::result<std::optional<http::parsed<Head>>> (*)(std::string_view, std::size_t);

/// Reads more into `ahead`. False: nothing more will come by `guard`.
task<bool> read_more(net::socket& from, std::string& ahead, const net::deadline& guard) {
  if (guard.passed()) co_return false;
  const std::size_t before = ahead.size();
  ahead.resize(before + chunk);
  const auto [error, n] =
      co_await from.async_read_some(asio::buffer(ahead.data() + before, chunk), as_result);
  ahead.resize(before + n);
  co_return !error;
}

template <class Head>
task<std::variant<Head, head_error>> read_head(net::socket& from, std::string& ahead, buffer_share& held,
                                               head_limits limits, parser<Head> parse) {
  const net::deadline guard(from, limits.until);
  for (;;) {
    auto found = parse(ahead, limits.bytes);
    if (!found)
      co_return found.error() == http::errc::head_too_large ? head_error::too_large : head_error::malformed;
    if (*found) {
      ahead.erase(0, (*found)->size);
      co_return std::move((*found)->head);
    }
    const std::size_t before = ahead.size();
    if (before != 0 && held.exhausted()) co_return head_error::no_room;
    const bool more = co_await read_more(from, ahead, guard);
    held.add(ahead.size() - before);
    if (!more) co_return guard.passed() ? head_error::timed_out : head_error::ended;
  }
}

}  // namespace

task<std::variant<http::request_head, head_error>> read_request(net::socket& from, std::string& ahead,
                                                                buffer_share& held, head_limits limits) {
  co_return co_await read_head<http::request_head>(from, ahead, held, limits, &http::parse_request);
}

task<std::variant<http::response_head, head_error>> read_response(net::socket& from, std::string& ahead,
                                                                  buffer_share& held, head_limits limits) {
  for (;;) {
    auto head = co_await read_head<http::response_head>(from, ahead, held, limits, &http::parse_response);
    const auto* found = std::get_if<http::response_head>(&head);
    if (found == nullptr || found->status >= 200 || found->status == 101) co_return head;
  }
}

task<bool> write_all(net::socket& to, std::string bytes, time_point until) {
  const net::deadline guard(to, until);
  if (guard.passed()) co_return false;
  const auto [error, n] = co_await asio::async_write(to, asio::buffer(bytes), as_result);
  co_return !error;
}

task<void> hang_up(net::socket to) {
  error_code ignored;
  to.shutdown(net::socket::shutdown_send, ignored);
  const net::deadline guard(to, std::chrono::steady_clock::now() + short_linger);
  std::array<char, chunk> dropped;
  while (!guard.passed()) {
    const auto [error, n] = co_await to.async_read_some(asio::buffer(dropped), as_result);
    if (error) break;
  }
}

bool is_gone(net::socket& peer) noexcept {
  char next = 0;
  const ssize_t n = ::recv(peer.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace lastframe::session
