// What a configuration consists of: the one description behind `lastframe schema`, docs/configuration.md,
// configs/reference.yaml and the keys of lastframe.yaml(5). Ranges, words and defaults are the loader's own;
// that the keys are, a test shows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lastframe::config {

/// What may be a key's value, besides its words.
enum class kind {
  mapping,              ///< of the keys below it
  mappings,             ///< a list of such mappings, at least one
  mapping_or_mappings,  ///< one of them, or a list
  app_codes,            ///< close codes with their names
  endpoints,            ///< a list of addresses, at least one and none twice
  texts,                ///< a list of texts
  words,                ///< nothing else
  duration,
  size,
  count,
  code,
  listen_address,  ///< with any port
  tcp_address,     ///< the same, but no unix socket
  name,
  host,
  host_match,  ///< a host's name, or `*.` and one
  path,        ///< of a URL
  file,
};

/// Whether this version does what the key says.
enum class support {
  full,
  only_default,  ///< any other value is refused
  none,          ///< the key is refused
};

/// Milliseconds of a duration, bytes of a size.
struct bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// One key of a mapping.
struct key {
  std::string name;
  kind value = kind::mapping;
  std::vector<std::string> words = {};  ///< values of a text of their own, such as `unlimited`
  bounds within = {};                   ///< of durations, sizes and counts
  bool required = false;
  std::string usual = {};     ///< the default, as it is written; empty: there is none, or it is below
  std::string example = {};   ///< where there is no default; as it is written
  std::string together = {};  ///< a key beside it that must be there as well
  std::string help = {};      ///< sentences of plain words; `code` in backquotes
  support now = support::full;
  std::vector<key> keys = {};  ///< of the mappings
};

/// The whole file, a mapping without a name. Words, ranges and defaults as of this version.
[[nodiscard]] const key& description();

/// Whether a value is a mapping of `keys`, or may be one.
[[nodiscard]] bool has_keys(const key& it);

}  // namespace lastframe::config
