// A value of the file that is being read, and the one way in which mappings and lists are taken apart.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "proxy/config/document.hpp"
#include "proxy/config/fault.hpp"

namespace lastframe::config {

/// A node on its way into the settings: where it stands, what it is called, and where its faults go. Valid
/// while the document and the list of faults are.
struct value {
  const node& at;
  position where;    ///< the node's, or its key's if nothing stands there
  std::string path;  ///< such as `routes[0].upstream`; empty for the whole file
  fault_list& faults;

  /// Reports `path: why`.
  void refuse(const std::string& why) const;
  /// Reports `path: "text": why`, for a scalar with its text.
  void refuse_text(const std::string& why) const;
  /// Reports that this version cannot do what the value asks for; `what` defaults to the value's path.
  void refuse_unsupported(const std::string& what = {}) const;

  /// `file:line:column: path`: what faults begin with that are found when the file has been read.
  [[nodiscard]] std::string place() const;

  [[nodiscard]] bool is(node::kind type) const noexcept { return at.type == type; }
  /// Whether it is a scalar of just this text, such as `off`.
  [[nodiscard]] bool is_word(std::string_view word) const noexcept;
};

/// Whether a mapping must have a key.
enum class presence { optional, required };

/// A key of a mapping and what reads its value.
struct field {
  std::string_view key;
  std::function<void(const value&)> read;
  presence need = presence::optional;
};

/// Reads each pair of a mapping by the field of its key, in the file's order. Reports what is no mapping,
/// keys that are unknown (with the nearest known one) or repeated, and required ones that are missing. An
/// empty value is an empty mapping.
void read_mapping(const value& from, std::initializer_list<field> fields);

/// Reads each pair of a mapping with keys of the user's; repeated keys are reported and skipped. The child's
/// path has the key; `key` is the key's own value.
void read_pairs(const value& from, const std::function<void(const value& key, const value& child)>& read);

/// Reads each item of a list; an empty value is an empty list. Reports what is no list.
void read_list(const value& from, const std::function<void(const value&)>& read);

}  // namespace lastframe::config
