// How values are written, as regular expressions in what ECMAScript and Python have in common. None is
// anchored or grouped: they are alternatives.
#pragma once

#include <string>

#include "proxy/config/description.hpp"

namespace lastframe::config::patterns {

/// The texts that the key may have, or each item of its list, but for its words and for variables. Empty
/// where only words or a mapping may stand. An IPv6 address is looked at by its characters only.
[[nodiscard]] std::string of(const key& it);

/// Whole numbers of these bounds, both included, with any number of zeros in front.
[[nodiscard]] std::string number(const bounds& within);

/// A text with at least one `${NAME}` or `${NAME:-default}`, of which nobody knows what it will be.
[[nodiscard]] std::string with_variable();

}  // namespace lastframe::config::patterns
