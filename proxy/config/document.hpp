// A YAML file as a tree in which every node knows its place. Unlike yaml-cpp's own tree it keeps repeated
// keys.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/config/expand.hpp"
#include "proxy/config/fault.hpp"

namespace lastframe::config {

struct node;
using node_ptr = std::shared_ptr<const node>;

/// One node. Aliases share the node that they name; there are no cycles.
struct node {
  enum class kind {
    null,      ///< nothing, `~` or `null`
    scalar,    ///< `text`, expanded
    broken,    ///< a scalar whose fault was reported already
    sequence,  ///< `items`
    mapping,   ///< `pairs`, in the file's order, repeated keys too
  };

  kind type = kind::null;
  position where;
  std::string text;
  std::vector<node_ptr> items;
  std::vector<std::pair<node_ptr, node_ptr>> pairs;
};

/// Reads one document and expands its scalars. Faults of syntax go to `faults`; then, or if there is no
/// document, the result is null. A file that is empty but for comments gives a null node at 1:1.
[[nodiscard]] node_ptr read_document(const std::string& text, const variable_lookup& variable,
                                     fault_list& faults);

}  // namespace lastframe::config
