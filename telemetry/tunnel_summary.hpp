// What is known of a tunnel when it has ended: the access log's line and `/closes`' entry.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "telemetry/close_record.hpp"

namespace lastframe::telemetry {

/// What flowed one way through one tunnel.
struct traffic_total {
  std::uint64_t messages = 0;
  std::uint64_t payload_bytes = 0;
};

/// One tunnel, ended. Strings that came from a peer are raw; whoever prints them escapes them.
struct tunnel_summary {
  std::chrono::system_clock::time_point time;  ///< of its end
  std::uint64_t id = 0;                        ///< unique within the process
  std::size_t route = 0;                       ///< its number in the catalogue, or `no_route`
  std::string client;                          ///< address:port
  std::string upstream;                        ///< the endpoint as configured; empty if none was reached
  std::string host;
  std::string path;         ///< without the query string
  std::string subprotocol;  ///< that upstream chose; empty if none
  std::chrono::milliseconds duration{};
  traffic_total to_client;
  traffic_total to_upstream;
  std::chrono::microseconds client_rtt{};    ///< of the last own Ping answered; 0 if there was none
  std::chrono::microseconds upstream_rtt{};  ///< likewise
  close_record ending;
};

}  // namespace lastframe::telemetry
