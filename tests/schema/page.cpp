#include <string_view>

#include "proxy/config/wording.hpp"
#include "tests/schema/renderings.hpp"

namespace lastframe::config {
namespace {

constexpr std::string_view head = R"(# Configuration

Every key, written from the proxy's own description; do not edit. The same as a file to copy from:
[configs/reference.yaml](../configs/reference.yaml). A configuration that is enough for a first try has six lines, in the
[quick start](quickstart.md); [sidecar.md](sidecar.md) says what to set for good, and [tls.md](tls.md) what to know of TLS.

The configuration is one file of YAML, `/etc/lastframe/lastframe.yaml` unless `--config` names another. Required are
`listeners`, `routes`, and a route's `name` and `upstream.endpoints`; all else has a default. `lastframe check FILE` reports
every fault of a file with line and column: unknown keys, values that make no sense, what stands there twice.

- A duration is a whole number and one of ms, s, m, h: `20s`. A size is a whole number and one of B, KiB, MiB, GiB:
  `256MiB`. Neither goes without its unit.
- `${NAME}` and `${NAME:-default}` in a value are taken from the environment; `$$` is a dollar sign. A variable that is
  not set and has no default is an error.
- SIGHUP reads the file again and cuts nobody; [reload.md](reload.md) says what changes when, and what takes a restart.
- What is not supported yet is known and checked, and refused with any other value than its default.

## In an editor

`lastframe schema` prints a JSON Schema, with which editors complete keys, explain them, and mark what `check` would refuse.
The Debian package has it as a file; a comment in front tells editors that use yaml-language-server (VS Code's YAML
extension, Neovim, Helix, Emacs and others) where it is:

```yaml
# yaml-language-server: $schema=/usr/share/lastframe/lastframe.schema.json
listeners:
  - address: 127.0.0.1:8080
routes:
  - name: chat
    upstream:
      endpoints: [127.0.0.1:3000]
```

Without the package, write it beside the configuration, and name it by its path from there:

```sh
build/release/lastframe schema >lastframe.schema.json
```

What only the proxy can judge are values that must fit each other (`drain.delay` and `drain.spread` within `drain.deadline`, a name
or an address that stands there twice), what variables contain, the machine's limits, and files: `check` has the last word.
)";

constexpr std::string_view table_head = "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";

std::string in_cell(const std::string& text) {
  std::string result;
  for (const char each : text) {
    result += each == '|' ? "\\|" : std::string{each};
  }
  return result;
}

std::string anchor(const std::string& path) {
  std::string result;
  for (const char each : path) {
    if (each != '.' && each != '[' && each != ']') {
      result += each;
    }
  }
  return result;
}

std::string usual_of(const key& it) {
  if (it.required) {
    return "required";
  }
  if (!it.usual.empty()) {
    return "`" + it.usual + "`";
  }
  if (has_keys(it)) {
    return it.words.empty() ? "" : "as below";
  }
  return "none";
}

void append_row(const key& it, const std::string& path, std::string& to) {
  const std::string name = has_keys(it) ? "[`" + it.name + "`](#" + anchor(path) + ")" : "`" + it.name + "`";
  const std::string example = it.example.empty() ? "" : ", such as `" + it.example + "`";
  // The section of a mapping says the rest.
  const std::string help = help_of(it);
  const std::size_t end = has_keys(it) ? help.find(". ") : std::string::npos;
  to += "| " + name + " | " + in_cell(values_in_words(it) + example) + " | " + usual_of(it) + " | " +
        in_cell(end == std::string::npos ? help : help.substr(0, end + 1)) + " |\n";
}

void append_section(const key& it, const std::string& path, const std::string& marks, std::string& to) {
  to += "\n" + marks + " `" + path + "`\n\n" + help_of(it) + "\n\n";
  to += table_head;
  const std::string below = path_below(it, path);
  for (const key& each : it.keys) {
    append_row(each, below + each.name, to);
  }
  for (const key& each : it.keys) {
    if (has_keys(each)) {
      append_section(each, below + each.name, "###", to);
    }
  }
}

}  // namespace

std::string page() {
  std::string result{head};
  for (const key& each : description().keys) {
    if (has_keys(each)) {
      append_section(each, each.name, "##", result);
    } else {
      result += "\n## `" + each.name + "`\n\n";
      result += table_head;
      append_row(each, each.name, result);
    }
  }
  return result;
}

}  // namespace lastframe::config
