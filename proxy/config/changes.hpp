// What one configuration says otherwise than another: for those who reload, and for their log.
#pragma once

#include <string>
#include <vector>

#include "proxy/config/settings.hpp"

namespace lastframe::config {

/// What tells a configuration's listeners from those of another one: the address as written; where several
/// are written alike (port 0), with a number from the second on. In the configuration's order.
[[nodiscard]] std::vector<std::string> listener_names(const settings& of);

/// A line for each key that differs, such as `routes.chat.failure_code: 1014 -> 1011`, and for each listener
/// and route that is only in one of the two, such as `routes.news: added`. Routes are known by their names,
/// endpoints and the like are compared as lists. Empty: they mean the same, wherever in their files they say
/// it.
[[nodiscard]] std::vector<std::string> changes(const settings& from, const settings& to);

/// Those of `changes` that a running process cannot make.
[[nodiscard]] std::vector<std::string> changes_that_need_a_restart(const settings& from, const settings& to);

}  // namespace lastframe::config
