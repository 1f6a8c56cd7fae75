// Readers of single values. Each reports what is wrong and then leaves its target as it was.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/address.hpp"
#include "proxy/config/mapping.hpp"
#include "proxy/config/settings.hpp"
#include "proxy/config/vocabulary.hpp"

namespace lastframe::config {

/// The value's text. None, reported: no value, a mapping or a list; none, unreported: broken before.
[[nodiscard]] std::optional<std::string_view> read_text(const value& from);

void read_duration(const value& from, milliseconds& to, duration_range range = {});
/// As above, or the word `unlimited`.
void read_duration(const value& from, std::optional<milliseconds>& to, duration_range range = {});

void read_size(const value& from, std::uint64_t& to, size_range range = {});
/// As above, or the word `unlimited`.
void read_size(const value& from, std::optional<std::uint64_t>& to, size_range range = {});

/// `instead` is the word that may stand for the number and was looked for by the caller, if any.
void read_count(const value& from, std::size_t& to, count_range range = {}, std::string_view instead = {});
void read_bool(const value& from, bool& to);
/// A code that may stand in a Close frame (RFC 6455 §7.4): 1000–1003, 1007–1014, 3000–4999.
void read_close_code(const value& from, close_code& to);
void read_address(const value& from, address& to, port_zero zero);

/// Which of the choices stands there, reported if none.
[[nodiscard]] std::optional<std::size_t> read_word(const value& from,
                                                   const std::vector<std::string_view>& choices);

/// One of a few words, each with what it means.
template <typename T, std::size_t N>
void read_choice(const value& from, T& to, const std::array<word<T>, N>& choices) {
  std::vector<std::string_view> words;
  for (const word<T>& each : choices) {
    words.push_back(each.text);
  }
  if (const auto index = read_word(from, words)) {
    to = choices[*index].meaning;
  }
}

}  // namespace lastframe::config
