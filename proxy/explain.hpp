// `lastframe explain`: the table of close codes, for people.
#pragma once

#include <iosfwd>

#include "telemetry/close_record.hpp"

namespace lastframe {

/// Writes what a code means, who sends it, what an operator should look at and what a client should do.
/// False, having written nothing, if nothing is known of the code.
bool explain(std::ostream& out, telemetry::close_code code);

/// Writes a line for each code and each range of codes: code, name, meaning.
void explain_all(std::ostream& out);

}  // namespace lastframe
