#include "proxy/demo/demo.hpp"

#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>

#include "proxy/demo/clients.hpp"
#include "proxy/demo/service.hpp"
#include "proxy/server/server.hpp"

namespace lastframe::demo {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

const tcp::endpoint any_port{asio::ip::address_v4::loopback(), 0};

/// A port of 127.0.0.1 that is bound and never listens: connections to it are refused, unless it is shared
/// and someone else listens there, by SO_REUSEPORT or SO_REUSEADDR.
class held_port {
 public:
  explicit held_port(bool shared) {
    socket_.open(tcp::v4());
    if (shared) {
      socket_.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>{true});
      socket_.set_option(tcp::socket::reuse_address{true});
    }
    socket_.bind(any_port);
  }

  [[nodiscard]] std::uint16_t number() const { return socket_.local_endpoint().port(); }

 private:
  asio::io_context context_;
  tcp::socket socket_{context_};
};

/// The port that was asked for, or a free one, held so that no one else gets it before the demo listens
/// there.
class chosen_port {
 public:
  explicit chosen_port(std::uint16_t asked) : number_(asked) {
    if (asked == 0) number_ = held_.emplace(true).number();
  }

  [[nodiscard]] std::uint16_t number() const { return number_; }

 private:
  std::optional<held_port> held_;
  std::uint16_t number_;
};

config::address local(std::uint16_t port) {
  return {"127.0.0.1:" + std::to_string(port), config::host_port{"127.0.0.1", port}};
}

config::route route(std::string name, std::string path, std::uint16_t port) {
  config::route made;
  made.name = std::move(name);
  made.match.path = std::move(path);
  made.upstream.endpoints = {local(port)};
  // Often enough that a newcomer sees round-trip times within a minute.
  made.tunnel.client_keepalive = {milliseconds{2'000}, milliseconds{20'000}};
  made.tunnel.upstream_keepalive = made.tunnel.client_keepalive;
  made.tunnel.close_timeout = milliseconds{1'000};
  return made;
}

std::shared_ptr<const config::settings> make_settings(std::uint16_t port, std::uint16_t telemetry_port,
                                                      std::uint16_t service_port, std::uint16_t dead_port) {
  auto made = std::make_shared<config::settings>();
  made->listeners.emplace_back().where = local(port);
  made->routes = {route("dead", "/dead", dead_port), route("demo", "", service_port)};
  made->limits.connections = 1'000;
  made->drain.spread = milliseconds{1'000};
  // Whoever presses Ctrl-C waits this long, if the metrics were ever scraped.
  made->drain.deadline = milliseconds{3'000};
  made->telemetry.where = {"127.0.0.1", telemetry_port};
  made->telemetry.app_codes = {{4001, "session_expired"}};
  // The terminal belongs to the greeting; upstream's failures are the demo's purpose, not news.
  made->log.level = config::log_level::error;
  made->log.format = config::log_format::text;
  made->log.access = config::access_log::off;
  return made;
}

void greet(std::uint16_t port, std::uint16_t telemetry_port, bool with_clients) {
  const std::string proxy = "localhost:" + std::to_string(port);
  const std::string telemetry = "localhost:" + std::to_string(telemetry_port);
  std::cout << "lastframe demo: the proxy listens on " << proxy << ", in front of a built-in service"
            << (with_clients ? "; built-in clients come and go.\n" : ".\n")
            << "\n"
               "  Watch how connections end:   curl -s "
            << telemetry
            << "/metrics | grep closes\n"
               "  Or in a browser:             http://"
            << telemetry
            << "/\n"
               "  Try a browser's console:     new WebSocket('ws://"
            << proxy
            << "/close/4001').onclose = e => console.log(e.code, e.reason)\n"
               "  Other paths:                 /echo /close/1000 /close/1001 /close/1011 /close/none\n"
               "                               /reset /cut /refuse /dead (an upstream that is down)\n"
               "\n"
               "Stop with Ctrl-C.\n"
            << std::flush;
}

}  // namespace

int run(const options& how) {
  const service upstream;
  const held_port dead{false};
  const chosen_port proxy{how.port};
  const chosen_port telemetry{how.telemetry_port};
  const std::uint16_t port = proxy.number();
  const auto settings = make_settings(port, telemetry.number(), upstream.port(), dead.number());
  std::unique_ptr<clients> visitors;
  return server::run(settings, {}, [&] {
    greet(port, telemetry.number(), how.clients);
    if (how.clients) visitors = std::make_unique<clients>(tcp::endpoint{any_port.address(), port});
  });
}

}  // namespace lastframe::demo
