#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/schema/renderings.hpp"

namespace lastframe::config {
namespace {

constexpr std::size_t comment_column = 36;
constexpr std::size_t width = 120;

constexpr std::string_view head =
    R"(# Every key of the configuration, with its default. Addresses (but telemetry's), names and app_codes are examples.
# Written from the proxy's own description, as docs/configuration.md is, which says more.
#
# Required are `listeners`, `routes`, and a route's `name` and `upstream.endpoints`; all else may be left out.
# A duration is a whole number and one of ms, s, m, h; a size a whole number and one of B, KiB, MiB, GiB.
# ${NAME} and ${NAME:-default} are taken from the environment, $$ is a dollar sign; between [ ] and { } put them in quotes.
# SIGHUP reads the file again and cuts nobody; only `workers` and `telemetry.address` take a restart (docs/reload.md).
# What this version does not support yet stands commented out; and so does TLS, whose files would have to exist
# (configs/tls.yaml shows it in use).
)";

/// Where a line begins; what is commented out has its own indentation behind the `#`.
struct place {
  std::size_t indent = 0;
  bool commented = false;
  std::size_t behind_mark = 0;

  [[nodiscard]] std::string lead() const {
    return std::string(indent, ' ') + (commented ? "# " : "") + std::string(behind_mark, ' ');
  }

  void shift(std::size_t by) { (commented ? behind_mark : indent) += by; }
};

/// Ends `line` with a comment, which goes on below itself where it is long.
void append_with_comment(std::string line, const std::string& text, const place& at, std::string& to) {
  const auto begin_comment = [&line] {
    line.resize(std::max(line.size(), comment_column), ' ');
    line += " #";
  };
  begin_comment();
  std::istringstream words{text};
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > width) {
      to += line + '\n';
      line = at.commented ? std::string(at.indent, ' ') + "#" : "";
      begin_comment();
    }
    line += ' ' + word;
  }
  to += line + '\n';
}

void append_keys(const std::vector<key>& keys, place at, bool of_item, std::string& to);

void append_key(const key& it, place at, const std::string& dash, std::string& to) {
  const std::string& shown = it.usual.empty() ? it.example : it.usual;
  const bool nested = has_keys(it) || it.value == kind::app_codes;
  append_with_comment(at.lead() + dash + it.name + ":" + (nested ? "" : " " + shown), line_of(it), at, to);
  at.shift(dash.size() + 2);
  if (has_keys(it)) {
    append_keys(it.keys, at, it.value == kind::mappings, to);
  } else if (nested) {
    to += at.lead() + shown + '\n';
  }
}

// The first key of a list's item stands behind its dash, the others below that key.
void append_keys(const std::vector<key>& keys, place at, bool of_item, std::string& to) {
  std::string dash = of_item ? "- " : "";
  for (const key& each : keys) {
    place here = at;
    // The files of TLS would have to exist.
    here.commented = at.commented || each.now != support::full || each.name == "tls";
    append_key(each, here, dash, to);
    at.shift(std::exchange(dash, "").size());
  }
}

}  // namespace

std::string reference() {
  std::string result{head};
  for (const key& each : description().keys) {
    result += '\n';
    append_keys({each}, {}, false, result);
  }
  return result;
}

}  // namespace lastframe::config
