#include "proxy/config/keys.hpp"

#include "proxy/config/units.hpp"

namespace lastframe::config {

bounds bounds_of(duration_range range) {
  return {static_cast<std::uint64_t>(range.least.count()), static_cast<std::uint64_t>(range.most.count())};
}

bounds bounds_of(count_range range) {
  return {range.least, range.most};
}

key words(std::string name, std::vector<std::string> all, std::size_t usual, std::string help) {
  // YAML would take 1.2 for a number: it passes, but does not come back from every tool as it was.
  const char first = all.at(usual).front();
  const std::string quote = first >= '0' && first <= '9' ? "\"" : "";
  std::string written = quote + all[usual] + quote;
  return {.name = std::move(name),
          .value = kind::words,
          .words = std::move(all),
          .usual = std::move(written),
          .help = std::move(help)};
}

key duration(std::string name, milliseconds usual, std::string help, duration_range range) {
  return {.name = std::move(name),
          .value = kind::duration,
          .within = bounds_of(range),
          .usual = duration_text(usual),
          .help = std::move(help)};
}

key size(std::string name, std::uint64_t usual, std::string help, size_range range) {
  return {.name = std::move(name),
          .value = kind::size,
          .within = {range.least, range.most},
          .usual = size_text(usual),
          .help = std::move(help)};
}

key count(std::string name, std::size_t usual, std::string help, count_range range) {
  return {.name = std::move(name),
          .value = kind::count,
          .within = bounds_of(range),
          .usual = std::to_string(usual),
          .help = std::move(help)};
}

key close_code_of(std::string name, close_code usual, std::string help) {
  return {
      .name = std::move(name), .value = kind::code, .usual = std::to_string(usual), .help = std::move(help)};
}

key file(std::string name, std::string example, std::string help) {
  return {
      .name = std::move(name), .value = kind::file, .example = std::move(example), .help = std::move(help)};
}

key mapping(std::string name, std::string help, std::vector<key> below) {
  return {.name = std::move(name), .help = std::move(help), .keys = std::move(below)};
}

key mappings(std::string name, std::string help, std::vector<key> below) {
  key it = mapping(std::move(name), std::move(help), std::move(below));
  it.value = kind::mappings;
  return it;
}

key or_word(key it, std::string instead) {
  if (!has_keys(it)) {
    it.usual = instead;
  }
  it.words = {std::move(instead)};
  return it;
}

key required(key it) {
  it.required = true;
  return it;
}

key together_with(std::string other, key it) {
  it.together = std::move(other);
  return it;
}

key unsupported(key it) {
  it.now = it.usual.empty() ? support::none : support::only_default;
  return it;
}

}  // namespace lastframe::config
