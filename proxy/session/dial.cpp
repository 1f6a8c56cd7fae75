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

/// What came of a request that is out.
dial_outcome judge(worker_context& worker, const dial_request& what, answered answer,
                   head_or_error<http::response_head> head) {
  const bool by_tls = was_refused(worker, what.under, what.route, answer.endpoint, answer.connection);
  if (const auto* error = std::get_if<head_error>(&head))
    return note(worker, what, {by_tls ? failure::tls : as_failure(*error), answer.endpoint});
  answer.head = std::move(std::get<http::response_head>(head));
  if (answer.head.status >= 500) note(worker, what, {failure::server_error, answer.endpoint});
  if (answer.head.status != 101) return answer;
  auto agreed = http::check_upgrade_answer(what.offer, answer.head);
  if (!agreed) return note(worker, what, {failure::wrong_upgrade, answer.endpoint});
  return accepted{std::move(answer), std::move(*agreed)};
}

}  // namespace

task<dial_outcome> dial_upstream(worker_context& worker, dial_request what) {
  const revision& under = what.under;
  const std::size_t route = what.route;
  const config::upstream& upstream = under.settings->routes[route].upstream;
  const time_point until = worker.loop.now() + upstream.handshake_timeout;
  failed last{failure::not_resolved, 0};
  for (std::size_t i = 0; i < std::min(upstream.endpoints.size(), most_endpoints); ++i) {
    const auto begun = steady_clock::now();
    if (i != 0 && begun >= until) break;
    std::string request = request_for(what, i);
    const bool tls{under.tls->routes[route]};
    std::string_view first = tls ? std::string_view() : request;
    auto outcome = co_await dial(worker, upstream.endpoints[i], first,
                                 std::min(begun + upstream.connect_timeout, until));
    auto* opened = std::get_if<net::connection>(&outcome);
    if (opened == nullptr) {
      last = note(worker, what, {as_failure(std::get<net::dial_error>(outcome)), i});
      if (last.what == failure::no_resources) break;
      continue;
    }
    worker.recorder.route(under.number_of(route)).connect_duration.observe(steady_clock::now() - begun);
    bool secure = true;
    if (tls) secure = co_await secure_upstream(worker, under, route, i, *opened, until);
    if (!secure) {
      last = note(worker, what, {failure::tls, i});
      continue;
    }
    // From here on no other endpoint is tried. Where the request could not be written, upstream may have said
    // why, or what comes next says that it is gone.
    std::string_view rest = tls ? request : first;
    const bool taken = opened->write_now(rest);
    if (taken && !rest.empty()) static_cast<void>(co_await opened->write(rest, until));
    std::string().swap(request);  // whoever waits holds nothing
    answered answer{std::move(*opened), i, {}, {}, buffer_share(worker.budget)};
    auto head = co_await read_response(answer.connection, answer.ahead, answer.held,
                                       {under.settings->limits.header_bytes, until});
    co_return judge(worker, what, std::move(answer), std::move(head));
  }
  co_return last;
}

}  // namespace lastframe::session
