// How values are written, as regular expressions in what ECMAScript and Python have in common. None is
// anchored; each may stand in front of, behind, or beside another in a group.
#pragma once

#include <cstdint>
#include <string>

#include "proxy/config/address.hpp"
#include "proxy/config/description.hpp"

namespace lastframe::config::patterns {

/// Whole numbers of these bounds, both included, with any number of zeros in front.
[[nodiscard]] std::string number(const bounds& within);

/// `20s`, in milliseconds, and `16KiB`, in bytes.
[[nodiscard]] std::string duration(const bounds& within);
[[nodiscard]] std::string size(const bounds& within);

/// `host:port` and `[v6]:port`, of which the v6 is looked at by its characters only.
[[nodiscard]] std::string tcp_address(port_zero zero);
[[nodiscard]] std::string unix_address();

/// `name`: of a route. `code_name`: of a close code.
[[nodiscard]] std::string name();
[[nodiscard]] std::string code_name();
[[nodiscard]] std::string host();
[[nodiscard]] std::string path();
[[nodiscard]] std::string text();

/// A text with at least one `${NAME}` or `${NAME:-default}`, of which nobody knows what it will be.
[[nodiscard]] std::string with_variable();

}  // namespace lastframe::config::patterns
