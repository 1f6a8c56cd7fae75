#include "telemetry/close_code.hpp"

#include <algorithm>
#include <array>

namespace lastframe::telemetry {

namespace {

constexpr auto table = std::to_array<close_code_info>({
    {1000, 1000, "normal_closure", true, "The connection did what it was opened for.",
     "Either peer, when it is done.",
     "Nothing. A rise for leg=\"upstream\" with initiator=\"upstream\" only says that the service ends its "
     "work sooner.",
     "Do not reconnect unless the application wants to begin again."},
    {1001, 1001, "going_away", true,
     "A peer leaves: a browser tab is closed or navigates, or a server shuts down.",
     "Browsers on navigation; services on shutdown; lastframe to the upstream leg when it drains or when a "
     "tunnel "
     "reached its max_lifetime.",
     "Initiator client is everyday life. Initiator upstream: compare with deployments of the service.",
     "If the server sent it: reconnect after a random delay of some seconds."},
    {1002, 1002, "protocol_error", true, "A peer received something that RFC 6455 does not allow.",
     "The peer that saw the fault; lastframe to the leg that broke the protocol.",
     "See the initiator: it is the one that broke the protocol. Look at the versions of its WebSocket "
     "library, and "
     "at anything between it and lastframe that may alter bytes.",
     "Do not reconnect in a loop: the same bytes will fail again. Report it."},
    {1003, 1003, "unsupported_data", true,
     "A peer received a type of data that it cannot accept, such as binary where it only knows text.",
     "Mostly services.",
     "A client and a service disagree about the format of messages: compare their versions.",
     "Do not reconnect before what is sent has changed."},
    {1004, 1004, "reserved", false, "Reserved; it has no meaning yet.",
     "Nobody may send it. lastframe takes it for a protocol error.", "A peer that sends it is faulty.",
     "Never seen by a client behind lastframe."},
    {1005, 1005, "no_status_received", false,
     "The connection closed properly, by a Close frame without a code.",
     "Nobody: it is what an endpoint reports when the Close frame it received was empty, as from close() "
     "without "
     "arguments.",
     "Nothing to repair. A service that gives codes tells its clients more.",
     "As after 1000, unless the application says otherwise."},
    {1006, 1006, "abnormal_closure", false,
     "The connection ended without a Close frame reaching that endpoint.",
     "Nobody: it is what an endpoint reports when TCP ended, was reset, or fell silent.",
     "See cause: for leg=\"client\" eof, reset, and ping_timeout are networks, sleeping phones, and closed "
     "laptops; "
     "for leg=\"upstream\" with initiator=\"client\" it is the echo of those; with cause "
     "write_timeout a peer has stopped reading.",
     "Reconnect with exponential backoff and jitter."},
    {1007, 1007, "invalid_payload", true,
     "A message's content does not fit its type, such as text that is not UTF-8.",
     "The peer that decodes messages; lastframe never, since it does not look into them.",
     "The sender of the message is at fault: the peer that did not initiate this close.",
     "Do not reconnect before what is sent has changed."},
    {1008, 1008, "policy_violation", true,
     "A peer received a message that breaks its policy; also used where no other code fits.",
     "Services, often for failed authentication or rate limits; some libraries on too many fragments.",
     "Look at the service's log for the reason. If it is about fragments, set fragmentation: preserve on the "
     "route.",
     "Do not reconnect unchanged: sign in again, or slow down."},
    {1009, 1009, "message_too_big", true, "A message is larger than its receiver takes.",
     "Services and libraries with a size limit; lastframe to the sender of a message above "
     "limits.max_message.",
     "Compare the limit of the route, of the service, and the size of what clients really send.",
     "Do not send the same message again; reconnecting is fine."},
    {1010, 1010, "mandatory_extension", true,
     "A client needed an extension that the server did not agree to.", "Clients only.",
     "Compare Sec-WebSocket-Extensions of client and service.",
     "Do not reconnect: the answer will be the same."},
    {1011, 1011, "internal_error", true, "A server met a condition that it did not expect.",
     "Services after an unhandled fault; lastframe after a fault of its own (initiator proxy), when a Ping "
     "stays "
     "unanswered, or as failure_code where 1014 is not understood.",
     "With initiator upstream: the service's log. With cause ping_timeout: the peer or the network to it. "
     "With "
     "initiator proxy: lastframe's log, and please report it.",
     "Reconnect with exponential backoff and jitter. Some libraries (graphql-ws) take it as fatal."},
    {1012, 1012, "service_restart", true, "The server restarts, and will be back.",
     "Services that restart; lastframe when it drains, and when a tunnel reached its max_lifetime.",
     "Expected during deployments. The drain.spread setting decides how many clients come back at once.",
     "Reconnect after a random delay of 5 to 30 seconds."},
    {1013, 1013, "try_again_later", true, "The server is overloaded or otherwise cannot serve now.",
     "Services under load; lastframe at a limit (cause overload).",
     "With initiator proxy: the limits section, descriptors, and memory. Else the service's capacity.",
     "Reconnect with exponential backoff and jitter, beginning at several seconds."},
    {1014, 1014, "bad_gateway", true, "A proxy could not reach the service, or lost it.",
     "lastframe to the client for each upstream failure, before and after the upgrade.",
     "See cause, and lastframe_upstream_failures_total by endpoint: connect_failed and connect_timeout mean "
     "that the "
     "service is down or unreachable, eof and reset that it crashed or was cut, bad_response that it does "
     "not speak "
     "WebSocket there.",
     "Reconnect with exponential backoff and jitter."},
    {1015, 1015, "tls_handshake", false,
     "The TLS handshake failed, so that there never was a WebSocket connection.",
     "Nobody: it is only reported. Browsers show it as 1006.",
     "Certificates (expiry, names, the authority), protocol versions, and client certificates where "
     "required.",
     "Do not reconnect in a loop: try again after minutes, and tell the user."},
    {3000, 3000, "unauthorized", true, "The peer is not authenticated (registered; like HTTP 401).",
     "Services that register their codes with IANA.",
     "The service's authentication: expired tokens, clocks, a rotated secret.",
     "Sign in again, then reconnect."},
    {3003, 3003, "forbidden", true,
     "The peer is authenticated, but not allowed to do this (registered; like HTTP 403).",
     "Services that register their codes with IANA.", "The rights of the user, as the service sees them.",
     "Do not reconnect."},
    {3008, 3008, "timeout", true, "The peer took too long to act (registered; like HTTP 408).",
     "Services that register their codes with IANA.", "What the service waited for; its log knows.",
     "Reconnect after a short random delay."},
    {3000, 3999, "registered_for_libraries", true,
     "Codes for libraries and frameworks, registered with IANA.",
     "Services and the frameworks that they use.",
     "The framework's documentation. Name the code in telemetry.app_codes to give it a label of its own.",
     "What the framework says."},
    {4000, 4999, "private_use", true, "Codes that applications agree on among themselves.",
     "Services and their own clients.",
     "The service's documentation. Name the code in telemetry.app_codes to give it a label of its own.",
     "What the application says."},
});

}  // namespace

const close_code_info* find_close_code(close_code code) noexcept {
  const auto* const found = std::find_if(table.begin(), table.end(), [code](const close_code_info& info) {
    return info.first <= code && code <= info.last;
  });
  return found == table.end() ? nullptr : found;
}

std::span<const close_code_info> close_code_table() noexcept {
  return table;
}

close_class class_of(close_code code) noexcept {
  switch (code) {
    case 1000:
    case 1001:
    case 1005:
      return close_class::clean;
    case 1012:
      return close_class::restart;
    case 1006:
    case 1015:
      return close_class::abnormal;
    default:
      return code > 1000 && code < 1016 ? close_class::failure : close_class::service;
  }
}

std::string_view close_code_name(close_code code) noexcept {
  const close_code_info* const info = find_close_code(code);
  return info == nullptr || info->is_range() ? std::string_view{} : info->name;
}

}  // namespace lastframe::telemetry
