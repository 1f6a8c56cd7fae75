// How the description is made. Private to config/.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "proxy/config/description.hpp"
#include "proxy/config/vocabulary.hpp"

namespace lastframe::config {

[[nodiscard]] bounds bounds_of(duration_range range);
[[nodiscard]] bounds bounds_of(count_range range);

[[nodiscard]] key duration(std::string name, milliseconds usual, std::string help, duration_range range = {});
[[nodiscard]] key size(std::string name, std::uint64_t usual, std::string help, size_range range = {});
[[nodiscard]] key count(std::string name, std::size_t usual, std::string help, count_range range = {});
[[nodiscard]] key close_code_of(std::string name, close_code usual, std::string help);
[[nodiscard]] key file(std::string name, std::string example, std::string help);
[[nodiscard]] key mapping(std::string name, std::string help, std::vector<key> below);
[[nodiscard]] key mappings(std::string name, std::string help, std::vector<key> below);

/// One of these words, of which `usual` is the default's place.
[[nodiscard]] key words(std::string name, std::vector<std::string> all, std::size_t usual, std::string help);

/// One of the loader's words.
template <typename T, std::size_t N>
[[nodiscard]] key choice(std::string name, const std::array<word<T>, N>& choices, T usual, std::string help) {
  std::vector<std::string> all;
  for (const word<T>& each : choices) {
    all.emplace_back(each.text);
  }
  const auto found = std::find_if(choices.begin(), choices.end(),
                                  [&](const word<T>& each) { return each.meaning == usual; });
  return words(std::move(name), std::move(all), static_cast<std::size_t>(found - choices.begin()),
               std::move(help));
}

/// The key may also be this word, which is its default where it is a single value.
[[nodiscard]] key or_word(key it, std::string instead);
[[nodiscard]] key required(key it);
/// Where the key stands, `other` must as well.
[[nodiscard]] key together_with(std::string other, key it);
/// This version accepts the key with its default only; without one not at all.
[[nodiscard]] key unsupported(key it);

/// The parts of the file that need most words.
[[nodiscard]] key listeners();
[[nodiscard]] key routes();

}  // namespace lastframe::config
