#include "proxy/http/failure.hpp"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace lastframe::http {
namespace {

using telemetry::cause;
using telemetry::initiator;

constexpr failure all[] = {failure::not_resolved,
                           failure::refused,
                           failure::unreachable,
                           failure::connect_timeout,
                           failure::handshake_timeout,
                           failure::upstream_gone,
                           failure::malformed_answer,
                           failure::wrong_upgrade,
                           failure::server_error,
                           failure::no_resources,
                           failure::limit_reached,
                           failure::draining,
                           failure::tls};

void expect(failure what, cause why, initiator by, unsigned status) {
  const failure_answer answer = answer_to(what);
  EXPECT_EQ(answer.why, why);
  EXPECT_EQ(answer.by, by);
  EXPECT_EQ(answer.status, status);
}

TEST(answer_to, calls_everything_before_a_connection_connect_failed) {
  expect(failure::not_resolved, cause::connect_failed, initiator::upstream, 502);
  expect(failure::refused, cause::connect_failed, initiator::upstream, 502);
  expect(failure::unreachable, cause::connect_failed, initiator::upstream, 502);
}

TEST(answer_to, answers_timeouts_with_504) {
  expect(failure::connect_timeout, cause::connect_timeout, initiator::upstream, 504);
  expect(failure::handshake_timeout, cause::handshake_timeout, initiator::upstream, 504);
}

TEST(answer_to, tells_a_tls_failure_from_a_failed_connection) {
  expect(failure::tls, cause::tls, initiator::upstream, 502);
}

TEST(answer_to, calls_every_answer_that_is_not_one_a_bad_response) {
  expect(failure::upstream_gone, cause::bad_response, initiator::upstream, 502);
  expect(failure::malformed_answer, cause::bad_response, initiator::upstream, 502);
  expect(failure::wrong_upgrade, cause::bad_response, initiator::upstream, 502);
  expect(failure::server_error, cause::bad_response, initiator::upstream, 502);
}

TEST(answer_to, never_blames_upstream_for_the_proxys_own_limits) {
  expect(failure::no_resources, cause::overload, initiator::proxy, 503);
  expect(failure::limit_reached, cause::overload, initiator::proxy, 503);
  expect(failure::draining, cause::drain, initiator::proxy, 503);
}

TEST(answer_to, has_a_reason_of_its_own_that_fits_a_close_frame_for_each_failure) {
  std::set<std::string_view> reasons;
  for (const failure what : all) {
    const std::string_view reason = answer_to(what).reason;
    EXPECT_FALSE(reason.empty());
    EXPECT_LE(reason.size(), 123U);
    reasons.insert(reason);
  }
  EXPECT_EQ(reasons.size(), std::size(all));
}

}  // namespace
}  // namespace lastframe::http
