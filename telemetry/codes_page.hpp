// `/codes` as JSON: what each close code means.
#pragma once

#include <string>

#include "telemetry/catalogue.hpp"

namespace lastframe::telemetry {

/// One JSON object, the same for as long as the configuration is:
///
///   {"codes": [{"first": 1000, "last": 1000, "name": …, "class": "clean", "on_wire": true, "meaning": …,
///               "sender": …, "operator_hint": …, "client_hint": …}, …],
///    "app_codes": {"4001": "session_expired"}, "causes": ["close_frame", …]}
///
/// A range stands behind the codes that lie in it: the first entry that holds a code is the code's.
[[nodiscard]] std::string codes_page(const catalogue& names);

}  // namespace lastframe::telemetry
