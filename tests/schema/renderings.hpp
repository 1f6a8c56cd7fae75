// The description of the configuration as what people read.
#pragma once

#include <string>

#include "proxy/config/description.hpp"

namespace lastframe::config {

/// docs/configuration.md.
[[nodiscard]] std::string page();

/// configs/reference.yaml.
[[nodiscard]] std::string reference();

/// lastframe.yaml(5), of which what is not about keys stays as it is in `written`.
[[nodiscard]] std::string manual(const std::string& written);

/// What a comment or a manual says of a key: how its value is written where that is not plain, and its help.
[[nodiscard]] std::string line_of(const key& it);

/// What the paths of its keys begin with.
[[nodiscard]] std::string path_below(const key& it, const std::string& path);

}  // namespace lastframe::config
