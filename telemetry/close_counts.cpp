#include "telemetry/close_counts.hpp"

#include <algorithm>
#include <initializer_list>

namespace lastframe::telemetry {

namespace {

std::uint64_t pack(const close_key& key) {
  return (std::uint64_t{key.route} << 32U) | (std::uint64_t{key.code} << 16U) |
         (static_cast<std::uint64_t>(key.side) << 12U) | (static_cast<std::uint64_t>(key.by) << 8U) |
         static_cast<std::uint64_t>(key.why);
}

/// Collects one route's series, row by row of the closing rules (DESIGN §4).
class known_series {
 public:
  known_series(const catalogue& names, std::size_t route, std::vector<close_key>& out)
      : names_(names), route_(route), out_(out) {}

  void add_all() {
    const close_code failure = names_.failure_codes.at(route_);
    const close_code configured = names_.client_lost_codes.at(route_);
    const close_code lost = configured == 0 ? close_code{1006} : configured;
    close_frames();
    upstream_ends(failure);
    client_ends(lost);
    proxy_ends(failure);
    for (const cause why :
         {cause::connect_failed, cause::connect_timeout, cause::handshake_timeout, cause::bad_response}) {
      add(initiator::upstream, why, {failure}, {});
    }
    if (names_.tls_routes.contains(route_)) add(initiator::upstream, cause::tls, {failure}, {1015});
  }

 private:
  using codes = std::initializer_list<close_code>;

  void add(initiator by, cause why, codes client, codes upstream) {
    for (const close_code code : client) out_.push_back({route_, leg::client, code, by, why});
    for (const close_code code : upstream) out_.push_back({route_, leg::upstream, code, by, why});
  }

  void close_frames() {
    for (const initiator by : {initiator::client, initiator::upstream}) {
      add(by, cause::close_frame, {1000, 1001, 1005, 1011}, {1000, 1001, 1005, 1011});
      for (const auto& [code, name] : names_.app_codes) add(by, cause::close_frame, {code}, {code});
    }
  }

  void upstream_ends(close_code failure) {
    add(initiator::upstream, cause::eof, {failure}, {1006});
    add(initiator::upstream, cause::reset, {failure}, {1006});
    add(initiator::upstream, cause::protocol_error, {failure}, {1002});
    add(initiator::upstream, cause::ping_timeout, {failure}, {1006, 1011});
    add(initiator::upstream, cause::write_timeout, {failure}, {1006});
  }

  void client_ends(close_code lost) {
    add(initiator::client, cause::eof, {1006}, {lost});
    add(initiator::client, cause::reset, {1006}, {lost});
    add(initiator::client, cause::protocol_error, {1002}, {lost});
    add(initiator::client, cause::ping_timeout, {1006, 1011}, {lost});
    add(initiator::client, cause::write_timeout, {1006}, {lost});
  }

  void proxy_ends(close_code failure) {
    add(initiator::proxy, cause::message_too_big, {1009, failure}, {1001, 1009});
    add(initiator::proxy, cause::max_lifetime, {1012}, {1001});
    add(initiator::proxy, cause::drain, {names_.drain_code}, {1001, 1006});
    add(initiator::proxy, cause::internal_error, {1011}, {1011});
    add(initiator::proxy, cause::overload, {1013}, {});
  }

  const catalogue& names_;
  std::size_t route_;
  std::vector<close_key>& out_;
};

}  // namespace

void close_counts::add(const close_key& key) {
  auto& found = index_[pack(key)];
  if (found == nullptr) {
    found = &nodes_.emplace_back();
    found->key = key;
    found->next = head_.load(std::memory_order_relaxed);
    head_.store(found, std::memory_order_release);
  }
  found->count.add();
}

std::vector<close_key> known_closes(const catalogue& names) {
  std::vector<close_key> keys;
  for (std::size_t route = 0; route < names.routes.size(); ++route)
    known_series{names, route, keys}.add_all();
  // A limit can be met before a route was found.
  keys.push_back({no_route, leg::client, 1013, initiator::proxy, cause::overload});
  if (names.client_tls) {
    keys.push_back({no_route, leg::client, 1015, initiator::client, cause::tls});
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace lastframe::telemetry
