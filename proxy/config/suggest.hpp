// "Did you mean": the nearest of the words that would have been right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::config {

/// How many characters must be inserted, removed, replaced or swapped with their neighbour to make `a` of
/// `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to what was written (letters' case and `-` for `_` count as nothing); none if no one
/// is near: more than a third of its letters differ, and neither begins with the other.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view written,
                                                      const std::vector<std::string_view>& candidates);

/// "; did you mean `WORD`?" for the end of a message, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view written,
                                       const std::vector<std::string_view>& candidates);

}  // namespace lastframe::config
