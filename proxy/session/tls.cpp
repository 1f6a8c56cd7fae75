#include "proxy/session/tls.hpp"

#include <string>

#include "proxy/session/record.hpp"
#include "proxy/session/request.hpp"
#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

namespace {

using telemetry::leg;

/// The name that upstream's certificate is checked for, where none is configured.
std::string host_of(const config::address& endpoint) {
  const auto* tcp = std::get_if<config::host_port>(&endpoint.where);
  return tcp != nullptr ? tcp->host : std::string();
}

void note_failure(worker_context& worker, const config::route& route, const config::address& endpoint,
                  const std::string& why) {
  worker.recorder.tls_handshake(leg::upstream, false);
  worker.log.warning("TLS with upstream failed",
                     {{"route", route.name}, {"endpoint", endpoint.text}, {"reason", why}});
}

}  // namespace

task<bool> secure_client(worker_context& worker, client& peer, const newcomers::entry& silent) {
  const auto certificates = peer.revision->tls->listeners[peer.listener];
  const std::string why = co_await peer.connection.handshake(
      certificates->accept(peer.connection.descriptor()),
      peer.accepted + peer.revision->settings->limits.header_timeout, worker.loop.sockets());
  if (silent.evicted()) co_return false;
  worker.recorder.tls_handshake(leg::client, why.empty());
  if (why.empty()) co_return true;
  // Whoever looked whether somebody listens, or spoke something else, has seen no Close missing.
  if (peer.connection.tls().greeted()) {
    record_failed_handshake(worker, peer);
    worker.log.warning("TLS with a client failed", {{"client", peer.address}, {"reason", why}});
  }
  co_return false;
}

task<bool> secure_upstream(worker_context& worker, const revision& under, std::size_t route,
                           std::size_t endpoint, net::connection& peer, time_point until) {
  const auto certificates = under.tls->routes[route];
  const config::route& settings = under.settings->routes[route];
  const config::address& where = settings.upstream.endpoints[endpoint];
  const std::string why = co_await peer.handshake(certificates->connect(peer.descriptor(), host_of(where)),
                                                  until, worker.loop.sockets());
  const bool secure = why.empty();
  if (!secure) note_failure(worker, settings, where, why);
  co_return secure;
}

bool was_refused(worker_context& worker, const revision& under, std::size_t route, std::size_t endpoint,
                 const net::connection& peer) {
  if (!peer.tls()) return false;
  const config::route& settings = under.settings->routes[route];
  const std::string why = peer.tls().refusal();
  if (why.empty()) {
    worker.recorder.tls_handshake(leg::upstream, true);
  } else {
    note_failure(worker, settings, settings.upstream.endpoints[endpoint], why);
  }
  return !why.empty();
}

}  // namespace lastframe::session
