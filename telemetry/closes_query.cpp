#include "telemetry/closes_query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <tuple>
#include <utility>

#include "telemetry/text.hpp"

namespace lastframe::telemetry {

namespace {

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<unsigned> hex_byte(std::string_view two) {
  unsigned byte = 0;
  const char* const end = two.data() + two.size();
  const auto [stop, error] = std::from_chars(two.data(), end, byte, 16);
  if (two.size() != 2 || error != std::errc{} || stop != end) return std::nullopt;
  return byte;
}

/// Browsers write a comma in a query as %2C.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::optional<unsigned> byte = text[i] == '%' ? hex_byte(text.substr(i + 1, 2)) : std::nullopt;
    out += byte ? static_cast<char>(*byte) : text[i];
    if (byte) i += 2;
  }
  return out;
}

/// Splits off what stands before the first `separator`, and removes both from `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return piece;
}

template <class Enum, std::size_t N>
std::optional<Enum> find_name(std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <class Enum, std::size_t N>
std::string all_names() {
  std::string out;
  for (std::size_t i = 0; i < N; ++i) {
    if (i != 0) out += ", ";
    out += to_string(static_cast<Enum>(i));
  }
  return out;
}

std::optional<closes_cursor> to_cursor(std::string_view text) {
  using clock = std::chrono::system_clock;
  const auto time = to_number<clock::rep>(take_until(text, '-'));
  const auto tunnel = to_number<std::uint64_t>(text);
  if (!time || !tunnel) return std::nullopt;
  return closes_cursor{clock::time_point{clock::duration{*time}}, *tunnel};
}

/// Reads parameters into a query, one at a time.
class query_reader {
 public:
  query_reader(const catalogue& names, std::size_t most) : names_(names), most_(most) { query_.limit = most; }

  /// What is wrong with it; empty if nothing is.
  std::string read(std::string_view name, std::string_view value) {
    if (name == "limit") return read_limit(value);
    if (name == "before") {
      query_.before = to_cursor(value);
      return query_.before ? "" : refusal(name, value, "what `next` said on the page before");
    }
    if (name == "leg") {
      query_.side = find_name<leg, 2>(value);
      return query_.side ? "" : refusal(name, value, all_names<leg, 2>());
    }
    if (name != "code" && name != "route" && name != "cause" && name != "initiator") {
      return refusal("parameter", name, "code, route, cause, initiator, leg, limit, before");
    }
    std::string fault;
    do {
      fault = read_one(name, take_until(value, ','));
    } while (fault.empty() && !value.empty());
    return fault;
  }

  closes_query take() { return std::move(query_); }

 private:
  static std::string refusal(std::string_view name, std::string_view value, std::string_view instead) {
    std::string out = std::string{name} + ": no such value: ";
    append_json_string(out, value, 64);
    return out.append("; there are ").append(instead) + "\n";
  }

  template <class Value>
  static bool add(std::vector<Value>& to, std::optional<Value> value) {
    if (value) to.push_back(*value);
    return value.has_value();
  }

  std::string read_limit(std::string_view value) {
    const auto limit = to_number<std::size_t>(value);
    if (!limit) return refusal("limit", value, "0 to " + std::to_string(most_));
    query_.limit = std::min(*limit, most_);
    return {};
  }

  std::string read_one(std::string_view name, std::string_view value) {
    if (name == "code") {
      return add(query_.codes, to_number<close_code>(value)) ? "" : refusal(name, value, "0 to 65535");
    }
    if (name == "cause") {
      const bool known = add(query_.causes, find_name<cause, cause_count>(value));
      return known ? "" : refusal(name, value, all_names<cause, cause_count>());
    }
    if (name == "initiator") {
      const bool known = add(query_.initiators, find_name<initiator, 3>(value));
      return known ? "" : refusal(name, value, all_names<initiator, 3>());
    }
    return add(query_.routes, find_route(value)) ? "" : refusal(name, value, route_list());
  }

  [[nodiscard]] std::optional<std::size_t> find_route(std::string_view name) const {
    if (name == names_.route_name(no_route)) return no_route;
    const auto found = std::find(names_.routes.begin(), names_.routes.end(), name);
    if (found == names_.routes.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names_.routes.begin());
  }

  [[nodiscard]] std::string route_list() const {
    std::string out;
    for (const std::string& route : names_.routes) out += route + ", ";
    return out + "none";
  }

  const catalogue& names_;
  std::size_t most_;
  closes_query query_;
};

template <class Value>
bool allows(const std::vector<Value>& wanted, const Value& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

}  // namespace

std::string to_string(const closes_cursor& at) {
  return std::to_string(at.time.time_since_epoch().count()) + "-" + std::to_string(at.tunnel);
}

bool closes_query::matches(const tunnel_summary& tunnel) const {
  const close_record& ending = tunnel.ending;
  const auto leg_matches = [this](const std::optional<leg_ending>& one) {
    return one && allows(codes, one->code);
  };
  const bool on_client = side != leg::upstream && leg_matches(ending.client);
  const bool on_upstream = side != leg::client && leg_matches(ending.upstream);
  const bool any_leg_will_do = codes.empty() && !side;
  if (!any_leg_will_do && !on_client && !on_upstream) return false;
  if (before && std::tie(tunnel.time, tunnel.id) >= std::tie(before->time, before->tunnel)) return false;
  return allows(routes, tunnel.route) && allows(causes, ending.why) && allows(initiators, ending.by);
}

series_filter closes_query::counts_filter() const {
  if (routes.empty() && causes.empty() && initiators.empty()) return {};
  return [routes = routes, causes = causes, initiators = initiators](const close_key& key) {
    return allows(routes, key.route) && allows(causes, key.why) && allows(initiators, key.by);
  };
}

std::variant<closes_query, std::string> parse_closes_query(std::string_view target, const catalogue& names,
                                                           std::size_t most) {
  query_reader reader{names, most};
  (void)take_until(target, '?');
  while (!target.empty()) {
    std::string_view value = take_until(target, '&');
    if (value.empty()) continue;
    const std::string name = percent_decoded(take_until(value, '='));
    std::string fault = reader.read(name, percent_decoded(value));
    if (!fault.empty()) return fault;
  }
  return reader.take();
}

}  // namespace lastframe::telemetry
