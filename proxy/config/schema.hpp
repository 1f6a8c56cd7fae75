// The JSON Schema of a configuration file.
#pragma once

#include <string>

namespace lastframe::config {

/// The schema (draft-07, which editors know best) as JSON of several lines. It judges a file as the loader
/// does, but for what depends on several values, on the machine or on variables, and for unusual notations of
/// numbers.
[[nodiscard]] std::string json_schema();

}  // namespace lastframe::config
