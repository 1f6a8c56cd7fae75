// What is known of a tunnel when it opens.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/session/packed_texts.hpp"

namespace lastframe::session {

/// The texts of a tunnel's record.
struct tunnel_names {
  std::string_view client;      ///< address:port
  std::string_view upstream{};  ///< the endpoint as configured; empty if none was reached
  std::string_view host{};
  std::string_view path{};
  std::string_view subprotocol{};
};

/// Kept for as long as the tunnel: small.
class tunnel_info {
 public:
  /// `started`: when the connection was accepted. `names` are copied.
  tunnel_info(std::uint64_t id, std::size_t route, std::size_t endpoint,
              std::chrono::steady_clock::time_point started, const tunnel_names& names)
      : id_(id),
        started_(started),
        texts_({names.client, names.upstream, names.host, names.path, names.subprotocol}),
        route_(static_cast<std::uint32_t>(route)),
        endpoint_(static_cast<std::uint32_t>(endpoint)) {}

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] std::size_t route() const noexcept { return route_; }
  [[nodiscard]] std::size_t endpoint() const noexcept { return endpoint_; }
  [[nodiscard]] std::chrono::steady_clock::time_point started() const noexcept { return started_; }
  /// Whether it has an upstream, which has a name then.
  [[nodiscard]] bool reached_upstream() const noexcept { return !names().upstream.empty(); }
  /// Good as long as this is.
  [[nodiscard]] tunnel_names names() const noexcept {
    return {texts_[0], texts_[1], texts_[2], texts_[3], texts_[4]};
  }

 private:
  std::uint64_t id_;
  std::chrono::steady_clock::time_point started_;
  packed_texts<5> texts_;
  std::uint32_t route_;
  std::uint32_t endpoint_;
};

}  // namespace lastframe::session
