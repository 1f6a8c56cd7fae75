// Readers of single values. Each reports what is wrong and then leaves its target as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/config/address.hpp"
#include "proxy/config/mapping.hpp"
#include "proxy/config/settings.hpp"

namespace lastframe::config {

/// The value's text. None, reported: no value, a mapping or a list; none, unreported: broken before.
[[nodiscard]] std::optional<std::string_view> read_text(const value& from);

/// The shortest and the longest that make sense.
struct duration_range {
  milliseconds least{1};
  milliseconds most{std::chrono::hours{8'760}};
};

inline constexpr duration_range may_be_zero{milliseconds{0}};

void read_duration(const value& from, milliseconds& to, duration_range range = {});
/// As above, or the word `unlimited`.
void read_duration(const value& from, std::optional<milliseconds>& to, duration_range range = {});

/// Both in bytes.
struct size_range {
  std::uint64_t least = 1;
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
};

void read_size(const value& from, std::uint64_t& to, size_range range = {});
/// As above, or the word `unlimited`.
void read_size(const value& from, std::optional<std::uint64_t>& to, size_range range = {});

/// A whole number without a unit, from `least` to `most`; `word` is what may stand for it and was looked for
/// by the caller, if any.
void read_count(const value& from, std::size_t& to, std::size_t least, std::size_t most,
                std::string_view word = {});
void read_bool(const value& from, bool& to);
/// A code that may stand in a Close frame (RFC 6455 §7.4): 1000–1003, 1007–1014, 3000–4999.
void read_close_code(const value& from, close_code& to);
void read_address(const value& from, address& to, port_zero zero);

/// Which of the choices stands there, reported if none.
[[nodiscard]] std::optional<std::size_t> read_word(const value& from,
                                                   const std::vector<std::string_view>& choices);

/// One of a few words, each with what it means.
template <typename T>
void read_choice(const value& from, T& to, const std::vector<std::pair<std::string_view, T>>& choices) {
  std::vector<std::string_view> words;
  for (const auto& each : choices) {
    words.push_back(each.first);
  }
  if (const auto index = read_word(from, words)) {
    to = choices[*index].second;
  }
}

}  // namespace lastframe::config
