#include "proxy/session/dial.hpp"

#include <algorithm>

#include "proxy/http/forward.hpp"
#include "proxy/net/dialer.hpp"
#include "proxy/session/request.hpp"
#include "proxy/session/tls.hpp"

namespace lastframe::session {

namespace {

using http::failure;
using std::chrono::steady_clock;

constexpr std::size_t most_endpoints = 3;

/// A connection, by which the request went out, and its place among the endpoints.
struct connected {
  net::connection connection;
  std::size_t endpoint;
};

failure as_failure(net::dial_error error) {
  switch (error) {
    case net::dial_error::not_resolved:
      return failure::not_resolved;
    case net::dial_error::refused:
      return failure::refused;
    case net::dial_error::unreachable:
      return failure::unreachable;
    case net::dial_error::timed_out:
      return failure::connect_timeout;
    case net::dial_error::no_resources:
      return failure::no_resources;
  }
  return failure::unreachable;
}

failure as_failure(head_error error) {
  switch (error) {
    case head_error::ended:
      return failure::upstream_gone;
    case head_error::timed_out:
      return failure::handshake_timeout;
    case head_error::no_room:
      return failure::no_resources;
    default:
      return failure::malformed_answer;
  }
}

/// Counts a try in vain. The proxy's own want of descriptors or ports is no fault of the endpoint's.
failed note(worker_context& worker, const dial_request& asked, failed what) {
  if (what.what != failure::no_resources) {
    const std::size_t endpoint = asked.under.endpoint_number(asked.route, what.endpoint);
    worker.recorder.upstream_failed(asked.under.number_of(asked.route), endpoint,
                                    http::answer_to(what.what).why);
  }
  return what;
}

task<net::dial_result> dial(worker_context& worker, const config::address& to, std::string_view& first,
                            time_point until) {
  if (const auto* path = std::get_if<config::unix_path>(&to.where)) {
    return net::dial_unix(worker.loop, path->path, until);
  }
  const auto& tcp = std::get<config::host_port>(to.where);
  return net::dial_tcp(worker.loop, worker.names, tcp.host, tcp.port, first, until);
}

/// What replaces Host; empty: nothing does.
std::string_view host_for(const config::upstream& upstream, std::size_t endpoint) {
  if (upstream.host == config::host_header::preserve) return {};
  const config::address& where = upstream.endpoints[endpoint];
  return std::holds_alternative<config::unix_path>(where.where) ? "localhost" : std::string_view(where.text);
}

std::string request_for(const dial_request& what, std::size_t endpoint) {
  return http::forward_upgrade(
      what.head, {.client_address = what.client_ip,
                  .proto = what.client_tls ? "https" : "http",
                  .upstream_host = host_for(what.under.settings->routes[what.route].upstream, endpoint)});
}

// What fails before the request was sent may be tried elsewhere.
task<std::variant<connected, failed>> connect(worker_context& worker, dial_request what, time_point until) {
  const revision& under = what.under;
  const std::size_t route = what.route;
  const config::upstream& upstream = under.settings->routes[route].upstream;
  failed last{failure::not_resolved, 0};
  for (std::size_t i = 0; i < std::min(upstream.endpoints.size(), most_endpoints); ++i) {
    const auto begun = steady_clock::now();
    if (i != 0 && begun >= until) break;
    const std::string request = request_for(what, i);
    const bool tls{under.tls->routes[route]};
    std::string_view first = tls ? std::string_view() : request;
    auto outcome = co_await dial(worker, upstream.endpoints[i], first,
                                 std::min(begun + upstream.connect_timeout, until));
    if (auto* opened = std::get_if<net::connection>(&outcome)) {
      worker.recorder.route(under.number_of(route)).connect_duration.observe(steady_clock::now() - begun);
      connected made{std::move(*opened), i};
      bool secure = true;
      if (tls) secure = co_await secure_upstream(worker, under, route, i, made.connection, until);
      if (!secure) {
        last = note(worker, what, {failure::tls, i});
        continue;
      }
      std::string_view rest = tls ? request : first;
      // Where it could not be written, upstream may have said why, or what comes next says that it is gone.
      const bool taken = made.connection.write_now(rest);
      if (taken && !rest.empty()) static_cast<void>(co_await made.connection.write(rest, until));
      co_return made;
    }
    last = note(worker, what, {as_failure(std::get<net::dial_error>(outcome)), i});
    if (last.what == failure::no_resources) break;
  }
  co_return last;
}

dial_outcome judge(worker_context& worker, const dial_request& what, answered answer) {
  if (answer.head.status >= 500) note(worker, what, {failure::server_error, answer.endpoint});
  if (answer.head.status != 101) return answer;
  auto agreed = http::check_upgrade_answer(what.offer, answer.head);
  if (!agreed) return note(worker, what, {failure::wrong_upgrade, answer.endpoint});
  return accepted{std::move(answer), std::move(*agreed)};
}

}  // namespace

task<dial_outcome> dial_upstream(worker_context& worker, dial_request what) {
  const config::settings& settings = *what.under.settings;
  const config::upstream& upstream = settings.routes[what.route].upstream;
  const time_point until = worker.loop.now() + upstream.handshake_timeout;
  auto found = co_await connect(worker, what, until);
  if (const auto* why = std::get_if<failed>(&found)) co_return *why;
  auto [connection, endpoint] = std::move(std::get<connected>(found));
  std::string ahead;
  buffer_share held(worker.budget);
  auto head = co_await read_response(connection, ahead, held, {settings.limits.header_bytes, until});
  const bool by_tls = was_refused(worker, what.under, what.route, endpoint, connection);
  if (const auto* error = std::get_if<head_error>(&head)) {
    co_return note(worker, what, {by_tls ? failure::tls : as_failure(*error), endpoint});
  }
  co_return judge(worker, what,
                  {std::move(connection), endpoint, std::move(std::get<http::response_head>(head)),
                   std::move(ahead), std::move(held)});
}

}  // namespace lastframe::session
