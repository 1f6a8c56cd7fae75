// The configuration, typed. Immutable once loaded: a snapshot that a tunnel holds for its life.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proxy/net/tls_settings.hpp"
#include "proxy/protocol/tunnel_settings.hpp"

namespace lastframe::config {

using protocol::close_code;
using protocol::milliseconds;

/// A TCP address; the host is a name or a literal, IPv6 without its brackets.
struct host_port {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const host_port&) const = default;
};

/// A unix socket's path.
struct unix_path {
  std::string path;

  bool operator==(const unix_path&) const = default;
};

/// Where to listen or to connect: what was written, and what it means.
struct address {
  std::string text;
  std::variant<host_port, unix_path> where;

  bool operator==(const address&) const = default;
};

struct listener {
  address where;
  std::vector<net::tls_server_settings> tls;  ///< empty: plain; else chosen by name, the first is the default
};

/// Which requests a route takes. Empty: all.
struct match {
  std::string host;  ///< lower case; exact, or `*.example.com`
  std::string path;  ///< a prefix of whole segments

  bool operator==(const match&) const = default;
};

enum class on_failure { close, http };
enum class host_header { preserve, upstream };

struct upstream {
  std::vector<address> endpoints;  ///< at least one
  milliseconds connect_timeout{2'000};
  milliseconds handshake_timeout{10'000};
  host_header host = host_header::preserve;
  std::optional<net::tls_client_settings> tls;  ///< none: plain
};

struct route {
  std::string name;  ///< [a-z0-9_-]{1,63}
  config::match match;
  config::upstream upstream;
  config::on_failure on_failure = on_failure::close;
  protocol::tunnel_settings tunnel;
};

struct limits {
  std::size_t connections = 0;  ///< resolved: `auto` has become a number when the file is loaded
  std::size_t closing = 1'000;
  std::uint64_t buffer_bytes = 256ULL << 20;
  std::size_t header_bytes = 32 << 10;
  milliseconds header_timeout{10'000};
};

struct drain {
  close_code code = 1012;
  milliseconds delay{0};
  milliseconds spread{10'000};
  milliseconds deadline{25'000};
};

enum class details { automatic, always, never };

struct telemetry_settings {
  host_port where{"127.0.0.1", 10014};
  config::details details = details::automatic;
  std::map<close_code, std::string> app_codes;
  std::size_t max_codes = 64;
};

enum class log_level { trace, debug, info, warning, error };
enum class log_format { json, text };
enum class access_log { all, abnormal, off };

struct log {
  log_level level = log_level::info;
  log_format format = log_format::json;
  access_log access = access_log::all;
};

/// One configuration file.
struct settings {
  std::vector<listener> listeners;  ///< at least one
  std::vector<route> routes;        ///< at least one; the first that matches wins
  config::limits limits;
  config::drain drain;
  telemetry_settings telemetry;
  config::log log;
  std::size_t workers = 1;  ///< resolved: `auto` has become a number
};

}  // namespace lastframe::config
