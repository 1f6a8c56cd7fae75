// A worker without a thread, for one route, and all that it is lent.
#pragma once

#include <chrono>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "proxy/session/worker_context.hpp"

namespace lastframe::session {

inline std::shared_ptr<const config::settings> one_route() {
  auto settings = std::make_shared<config::settings>();
  settings->routes.emplace_back().tunnel.close_timeout = std::chrono::milliseconds(20);
  return settings;
}

inline telemetry::catalogue names_of_one_route() {
  telemetry::catalogue names;
  names.routes = {"only"};
  names.endpoints = {{"127.0.0.1:1"}};
  names.failure_codes = {1014};
  names.client_lost_codes = {0};
  return names;
}

/// Takes what is written and keeps nothing.
struct null_device {
  ~null_device() { ::close(descriptor); }

  const int descriptor = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
};

class one_worker : public testing::Test {
 protected:
  /// A tunnel on the worker's only route.
  tunnel& open_tunnel(net::stream client, net::stream upstream) {
    tunnel& made = worker_.tunnels.emplace_back(
        worker_, worker_.revision->context_of(0), tunnel_info(1, 0, 0, {}, {.client = "c", .upstream = "u"}),
        admission::ticket(), std::move(client), std::move(upstream), protocol::framing{});
    made.start(std::prev(worker_.tunnels.end()), {}, {});
    return made;
  }

  /// The codes of all closes that were counted.
  [[nodiscard]] std::vector<std::uint64_t> close_codes() const {
    std::vector<std::uint64_t> codes;
    recorder_.closes().for_each([&](const telemetry::close_key& key, std::uint64_t count) {
      codes.insert(codes.end(), count, key.code);
    });
    return codes;
  }

  // What handshakes give back, some of them when the loop goes.
  admission places_{1, 1};
  protocol::buffer_budget budget_{64 << 10};
  asio::io_context io_;  // of a test's own sockets
  net::event_loop loop_;
  telemetry::catalogue names_ = names_of_one_route();
  null_device null_;  // outlives the thread that writes to it
  telemetry::log_output nowhere_{null_.descriptor};
  telemetry::access_log access_{nowhere_, telemetry::log_format::json, telemetry::access_filter::all};
  telemetry::logger log_{nowhere_, telemetry::log_format::json, telemetry::log_level::error};
  std::shared_ptr<const tls_setup> plain_ = std::make_shared<tls_setup>(tls_setup{{nullptr}, {nullptr}});
  telemetry::recorder recorder_{names_, std::make_shared<telemetry::code_labels>(names_)};
  revision first_{one_route(), plain_, std::make_shared<const telemetry::catalogue>(names_), {{0, {0}}}};
  worker_context worker_{loop_, first_, recorder_, access_, log_, places_, budget_};
};

}  // namespace lastframe::session
