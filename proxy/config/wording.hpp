// What may stand for a value, in words: for pages, and for editors that say what is wrong.
#pragma once

#include <string>
#include <vector>

#include "proxy/config/description.hpp"

namespace lastframe::config {

enum class detail { brief, full };

/// Such as "a duration", or in full "a duration from 1ms to 8760h". The key's words are not in it; empty for
/// `kind::words`.
[[nodiscard]] std::string form_in_words(const key& it, detail how = detail::full);

/// The same with the key's words, in backquotes, in front.
[[nodiscard]] std::string values_in_words(const key& it, detail how = detail::full);

/// What the key does; ends with "Not supported yet." where that is so.
[[nodiscard]] std::string help_of(const key& it);

/// The codes that may stand in a Close frame.
[[nodiscard]] std::vector<bounds> close_codes();

}  // namespace lastframe::config
