#include "proxy/http/failure.hpp"

namespace lastframe::http {

failure_answer answer_to(failure what) noexcept {
  using telemetry::cause;
  using telemetry::initiator;
  switch (what) {
    case failure::not_resolved:
      return {cause::connect_failed, initiator::upstream, 502, "upstream's name could not be resolved"};
    case failure::refused:
      return {cause::connect_failed, initiator::upstream, 502, "upstream refused the connection"};
    case failure::unreachable:
      return {cause::connect_failed, initiator::upstream, 502, "upstream could not be reached"};
    case failure::connect_timeout:
      return {cause::connect_timeout, initiator::upstream, 504,
              "upstream did not accept the connection in time"};
    case failure::tls:
      return {cause::tls, initiator::upstream, 502, "TLS with upstream failed"};
    case failure::handshake_timeout:
      return {cause::handshake_timeout, initiator::upstream, 504,
              "upstream did not answer the upgrade in time"};
    case failure::upstream_gone:
      return {cause::bad_response, initiator::upstream, 502, "upstream ended before it answered the upgrade"};
    case failure::malformed_answer:
      return {cause::bad_response, initiator::upstream, 502, "upstream's answer was malformed"};
    case failure::wrong_upgrade:
      return {cause::bad_response, initiator::upstream, 502, "upstream's 101 did not match the upgrade"};
    case failure::server_error:
      return {cause::bad_response, initiator::upstream, 502,
              "upstream answered the upgrade with a server error"};
    case failure::no_resources:
      return {cause::overload, initiator::proxy, 503, "the proxy is out of resources, try again later"};
    case failure::limit_reached:
      return {cause::overload, initiator::proxy, 503, "too many connections, try again later"};
    case failure::draining:
      return {cause::drain, initiator::proxy, 503, "the proxy is restarting, try again"};
  }
  return {cause::internal_error, initiator::proxy, 500, "internal error"};
}

}  // namespace lastframe::http
