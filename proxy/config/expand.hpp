// `${NAME}`, `${NAME:-default}` and `$$` in the scalars of a file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::config {

/// A variable's value; none if it is not set.
using variable_lookup = std::function<std::optional<std::string>(std::string_view name)>;

/// A scalar with its variables replaced. If `errors` is not empty, `text` means nothing.
struct expanded {
  std::string text;
  std::vector<std::string> errors;
};

/// As a shell does: the default is taken if the variable is unset or empty; without a default an unset
/// variable is an error. What a variable contains is not expanded again. A `$` that begins none of the three
/// forms is an error.
[[nodiscard]] expanded expand(std::string_view scalar, const variable_lookup& variable);

}  // namespace lastframe::config
