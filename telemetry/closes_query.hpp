// Which closes a request for `/closes` asks for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "telemetry/catalogue.hpp"
#include "telemetry/recent_closes.hpp"
#include "telemetry/tunnel_summary.hpp"

namespace lastframe::telemetry {

/// A place in the list of closes, which is sorted by time and then by tunnel, the newest first.
struct closes_cursor {
  std::chrono::system_clock::time_point time;
  std::uint64_t tunnel = 0;

  bool operator==(const closes_cursor&) const = default;
};

/// As a word for a query: `before=` what this returns gives the closes that follow `at`.
[[nodiscard]] std::string to_string(const closes_cursor& at);

/// A query in its parts. An empty list asks for all of its kind; within a list any one may match.
struct closes_query {
  std::vector<close_code> codes;    ///< of any open leg, or of `side` only
  std::vector<std::size_t> routes;  ///< numbers in the catalogue, or `no_route`
  std::vector<cause> causes;
  std::vector<initiator> initiators;
  std::optional<leg> side;  ///< only tunnels of which this leg had opened
  std::size_t limit = 0;
  std::optional<closes_cursor> before;

  [[nodiscard]] bool matches(const tunnel_summary& tunnel) const;
  /// What the counts of 15 minutes are narrowed by: routes, causes and initiators. Codes and legs are not,
  /// since the counts tell them apart.
  [[nodiscard]] series_filter counts_filter() const;
};

/// Reads `?code=1006,1014&route=chat&cause=eof,reset&leg=client&initiator=client&limit=100&before=…`, all of
/// them optional; lists are separated by commas or by naming the parameter again. `most` is the highest limit
/// and the default. What is not understood is an error, never ignored: the text says what there is instead.
[[nodiscard]] std::variant<closes_query, std::string> parse_closes_query(std::string_view target,
                                                                         const catalogue& names,
                                                                         std::size_t most);

}  // namespace lastframe::telemetry
