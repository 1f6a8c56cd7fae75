#include "proxy/session/serve.hpp"

#include <string>
#include <utility>

#include "proxy/http/body.hpp"
#include "proxy/http/forward.hpp"
#include "proxy/http/routing.hpp"
#include "proxy/session/dial.hpp"
#include "proxy/session/record.hpp"

namespace lastframe::session {

namespace {

using http::failure;
using net::io_status;
using std::chrono::steady_clock;
using telemetry::upgrade_result;

// How long a client may take to accept a short answer.
constexpr std::chrono::seconds answer_time{10};
// How long a body that may not be held is left alone, and how much of it is read while little may be.
constexpr std::chrono::milliseconds for_room{10};
constexpr std::size_t small_part = 4 << 10;

/// A judged request on its way to a tunnel. `serve` holds the revision until that is there.
struct upgrade {
  const revision& under;
  std::size_t route;  ///< index in the revision
  http::request_head head;
  http::upgrade_offer offer;

  [[nodiscard]] const config::route& settings() const { return under.settings->routes[route]; }
  /// What telemetry knows the route by.
  [[nodiscard]] std::size_t number() const { return under.number_of(route); }
};

/// `route`: what telemetry knows it by.
void count(worker_context& worker, std::size_t route, upgrade_result result) {
  worker.recorder.route(route).upgrades[static_cast<std::size_t>(result)].add();
}

/// Of a tunnel that does not reach an upstream.
tunnel_info describe(const client& peer, const upgrade& asked) {
  const tunnel_names names{.client = peer.address, .host = asked.offer.host, .path = asked.offer.path};
  return {worker_context::next_id(), asked.number(), 0, peer.accepted, names};
}

tunnel_info describe(const client& peer, const upgrade& asked, const accepted& from) {
  return {worker_context::next_id(),
          asked.number(),
          asked.under.endpoint_number(asked.route, from.answer.endpoint),
          peer.accepted,
          {.client = peer.address,
           .upstream = asked.settings().upstream.endpoints[from.answer.endpoint].text,
           .host = asked.offer.host,
           .path = asked.offer.path,
           .subprotocol = from.agreed.subprotocol}};
}

task<void> answer(client peer, std::string bytes) {
  const bool taken = co_await write_all(peer.connection, std::move(bytes), steady_clock::now() + answer_time);
  if (taken) co_await hang_up(std::move(peer.connection));
}

task<void> answer_busy(worker_context& worker, client peer, failure why) {
  count(worker, telemetry::no_route, upgrade_result::overload);
  co_await answer(std::move(peer), http::plain_answer(503, http::answer_to(why).reason));
}

task<void> answer_bad_head(worker_context& worker, client peer, head_error why) {
  if (why == head_error::ended || (why == head_error::timed_out && peer.ahead.empty())) co_return;
  if (why == head_error::no_room)
    co_return co_await answer_busy(worker, std::move(peer), failure::no_resources);
  count(worker, telemetry::no_route, upgrade_result::invalid);
  switch (why) {
    case head_error::timed_out:
      co_return co_await answer(std::move(peer),
                                http::plain_answer(408, "The request did not arrive in time."));
    case head_error::too_large:
      co_return co_await answer(std::move(peer), http::plain_answer(431, "The request's head is too large."));
    default:
      co_return co_await answer(std::move(peer), http::plain_answer(400, "The request is malformed."));
  }
}

// A Close of the proxy's own in place of upstream's answer: what a browser can read.
task<void> answer_with_close(worker_context& worker, client peer, upgrade asked, protocol::farewell why) {
  const bool opened =
      co_await write_all(peer.connection, http::own_answer(asked.offer), steady_clock::now() + answer_time);
  if (!opened) co_return;
  auto [stream, place] = peer.connection.release();
  tunnel& made =
      worker.tunnels.emplace_back(worker, asked.under.context_of(asked.route), describe(peer, asked),
                                  std::move(peer.place), std::move(stream), why);
  made.take_over(leg::client, place);
  made.start(std::prev(worker.tunnels.end()), peer.ahead, {});
}

task<void> wait_while_failing(worker_context& worker, const upgrade& asked) {
  const auto longest = asked.settings().tunnel.failure_delay;
  const auto delay = worker.pacers[asked.number()].failed(steady_clock::now(), longest, worker.random());
  if (delay == delay.zero() || worker.draining) co_return;
  co_await worker.drain_begins.wait(worker.loop, steady_clock::now() + delay);
}

/// The Close for a failure. While the proxy drains, a service that is gone is part of it.
protocol::farewell farewell_for(const worker_context& worker, const config::route& route, http::failure why) {
  const http::failure_answer row = http::answer_to(why);
  if (row.by == telemetry::initiator::upstream)
    return {row.by, row.why, route.tunnel.failure_code, row.reason};
  const bool drains = row.why == telemetry::cause::drain;
  return {row.by, row.why, drains ? worker.draining->code : protocol::close_code{1013}, row.reason};
}

task<void> answer_failure(worker_context& worker, client peer, upgrade asked, http::failure why) {
  const config::route& route = asked.settings();
  const bool by_upstream = http::answer_to(why).by == telemetry::initiator::upstream;
  if (by_upstream) co_await wait_while_failing(worker, asked);
  if (by_upstream && worker.draining) why = failure::draining;
  if (peer.connection.is_gone()) co_return count(worker, asked.number(), upgrade_result::aborted);
  count(worker, asked.number(), by_upstream ? upgrade_result::failed : upgrade_result::overload);
  if (route.on_failure == config::on_failure::http) {
    if (why == failure::tls) record_failed_upstream(worker, describe(peer, asked));
    const http::failure_answer row = http::answer_to(why);
    co_return co_await answer(std::move(peer), http::plain_answer(row.status, row.reason));
  }
  co_await answer_with_close(worker, std::move(peer), std::move(asked), farewell_for(worker, route, why));
}

// Reads the next part of a body. Nothing is held while there is nothing to read, nor read while the worker
// may hold no more.
task<io_status> read_part(worker_context& worker, net::connection& from, std::string& bytes,
                          time_point until) {
  const protocol::buffer_budget& budget = worker.budget;
  while (budget.exhausted() && steady_clock::now() < until) {
    co_await net::sleep(worker.loop, steady_clock::now() + for_room);
  }
  if (steady_clock::now() >= until) co_return io_status::reset;
  co_return co_await from.read(bytes, until, budget.above_half() ? small_part : worker_context::read_size);
}

// Upstream's own answer, body included, for a client whose connection closes behind it. Each step may take
// `patience`.
task<void> relay_answer(worker_context& worker, client peer, answered from, protocol::milliseconds patience) {
  bool taken =
      co_await write_all(peer.connection, http::forward_refusal(from.head), steady_clock::now() + patience);
  http::body_scanner body(http::response_body(from.head));
  std::string bytes = std::move(from.ahead);
  buffer_share held = std::move(from.held);
  auto found = io_status::done;
  while (taken && found == io_status::done) {
    const auto part = body.take(bytes);
    // Without a reset a cut body that ends with its connection would look whole.
    if (!part) co_return peer.connection.reset();
    bytes.resize(*part);
    taken = co_await write_all(peer.connection, std::exchange(bytes, {}), steady_clock::now() + patience);
    held.clear();
    if (body.done()) break;
    if (taken) found = co_await read_part(worker, from.connection, bytes, steady_clock::now() + patience);
    held.add(bytes.size());
  }
  const bool whole = body.done() || (body.ends_at_eof() && found == io_status::end);
  if (!taken || !whole) co_return peer.connection.reset();
  co_await hang_up(std::move(peer.connection));
}

void open_tunnel(worker_context& worker, client& peer, const upgrade& asked, accepted& from) {
  worker.pacers[asked.number()].succeeded();
  count(worker, asked.number(), upgrade_result::accepted);
  worker.recorder.route(asked.number()).handshake_duration.observe(worker.loop.now() - peer.accepted);
  tunnel_info info = describe(peer, asked, from);
  const protocol::framing rules{.deflate = from.agreed.deflate,
                                .other_extension = from.agreed.other_extension,
                                .split = asked.settings().tunnel.split};
  auto client_side = peer.connection.release();
  auto upstream_side = from.answer.connection.release();
  tunnel& made = worker.tunnels.emplace_back(worker, asked.under.context_of(asked.route), std::move(info),
                                             std::move(peer.place), std::move(client_side.stream),
                                             std::move(upstream_side.stream), rules);
  made.take_over(leg::client, client_side.place);
  made.take_over(leg::upstream, upstream_side.place);
  made.start(std::prev(worker.tunnels.end()), peer.ahead, from.answer.ahead);
}

// Upstream did not open a tunnel: it refused, or failed.
task<void> answer_in_its_place(worker_context& worker, client peer, upgrade asked, dial_outcome outcome) {
  const config::route& route = asked.settings();
  if (auto* refused = std::get_if<answered>(&outcome)) {
    const bool is_failure = refused->head.status >= 500;
    if (!is_failure || route.on_failure == config::on_failure::http) {
      count(worker, asked.number(), is_failure ? upgrade_result::failed : upgrade_result::refused);
      co_return co_await relay_answer(worker, std::move(peer), std::move(*refused),
                                      route.tunnel.write_timeout);
    }
    co_return co_await answer_failure(worker, std::move(peer), std::move(asked), failure::server_error);
  }
  const failed why = std::get<failed>(outcome);
  worker.log.warning("upstream failed", {{"route", route.name},
                                         {"endpoint", route.upstream.endpoints[why.endpoint].text},
                                         {"reason", http::answer_to(why.what).reason}});
  co_await answer_failure(worker, std::move(peer), std::move(asked), why.what);
}

/// TLS and the request's head. None: the client has its answer, or is gone.
task<std::optional<http::request_head>> take_request(worker_context& worker, client& peer) {
  const config::limits& limits = peer.revision->settings->limits;
  newcomers::entry silent(worker.silent, peer.connection.descriptor());
  bool secure = true;
  if (peer.revision->tls->listeners[peer.listener]) secure = co_await secure_client(worker, peer, silent);
  if (secure && peer.place.what() == admission::kind::refused) {
    silent.leave();
    co_await answer_busy(worker, std::move(peer), failure::limit_reached);
    co_return std::nullopt;
  }
  head_or_error<http::request_head> head = head_error::ended;
  if (secure) {
    const head_limits most{limits.header_bytes, peer.accepted + limits.header_timeout};
    auto found = request_now(peer.connection, peer.ahead, peer.held, most);
    if (!found) found = co_await read_request(peer.connection, peer.ahead, peer.held, most);
    head = std::move(*found);
  }
  silent.leave();
  if (silent.evicted()) {
    count(worker, telemetry::no_route, upgrade_result::overload);
    co_return std::nullopt;
  }
  if (auto* found = std::get_if<http::request_head>(&head)) co_return std::move(*found);
  co_await answer_bad_head(worker, std::move(peer), std::get<head_error>(head));
  co_return std::nullopt;
}

}  // namespace

task<void> serve(worker_context& worker, client peer) {
  const auto under = peer.revision;
  auto request = co_await take_request(worker, peer);
  if (!request) co_return;
  auto judged = http::judge_upgrade(*request);
  if (const auto* why = std::get_if<http::refusal>(&judged)) {
    count(worker, telemetry::no_route, upgrade_result::invalid);
    co_return co_await answer(std::move(peer), http::plain_answer(why->status, why->why));
  }
  auto& offer = std::get<http::upgrade_offer>(judged);
  const auto route = http::find_route(under->settings->routes, offer.host, offer.path);
  if (!route) {
    count(worker, telemetry::no_route, upgrade_result::invalid);
    co_return co_await answer(std::move(peer), http::plain_answer(404, "No route takes this request."));
  }
  upgrade asked{*under, *route, std::move(*request), std::move(offer)};
  if (peer.place.what() == admission::kind::closing) {
    co_return co_await answer_failure(worker, std::move(peer), std::move(asked), failure::limit_reached);
  }
  peer.connection.attend();
  const bool tls{peer.connection.tls()};
  auto outcome = co_await dial_upstream(worker, {*under, asked.route, asked.head, asked.offer, peer.ip, tls});
  auto* opened = std::get_if<accepted>(&outcome);
  if (opened == nullptr) {
    co_return co_await answer_in_its_place(worker, std::move(peer), std::move(asked), std::move(outcome));
  }
  const std::string answer = http::forward_answer(opened->answer.head);
  std::string_view rest = answer;
  bool taken = (!peer.connection.stirred() || !peer.connection.is_gone()) && peer.connection.write_now(rest);
  if (taken && !rest.empty()) taken = co_await peer.connection.write(rest, worker.loop.now() + answer_time);
  if (!taken) co_return count(worker, asked.number(), upgrade_result::aborted);
  open_tunnel(worker, peer, asked, *opened);
}

void turn_away(worker_context& worker, client peer) {
  count(worker, telemetry::no_route, upgrade_result::overload);
  peer.connection.reset();
}

}  // namespace lastframe::session
