#include "proxy/config/mapping.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "proxy/config/suggest.hpp"

namespace lastframe::config {
namespace {

std::string_view kind_name(node::kind type) {
  switch (type) {
    case node::kind::mapping:
      return "a mapping";
    case node::kind::sequence:
      return "a list";
    case node::kind::null:
      return "nothing";
    default:
      return "a single value";
  }
}

value child_of(const value& parent, const node& key, const node& child) {
  return {child, child.type == node::kind::null ? key.where : child.where,
          parent.path.empty() ? key.text : parent.path + "." + key.text, parent.faults};
}

bool expect(const value& from, node::kind wanted) {
  if (from.is(wanted)) {
    return true;
  }
  if (!from.is(node::kind::null) && !from.is(node::kind::broken)) {
    from.refuse_text("expected " + std::string{kind_name(wanted)} + ", found " +
                     std::string{kind_name(from.at.type)});
  }
  return false;
}

// The pairs whose keys are texts and stand here for the first time.
template <typename Visit>
void visit_pairs(const value& from, Visit visit) {
  std::set<std::string_view> seen;
  for (const auto& [key, child] : from.at.pairs) {
    if (key->type == node::kind::broken) {
      continue;
    }
    const value named{*key, key->where, from.path, from.faults};
    if (key->type != node::kind::scalar) {
      named.refuse("a key is a single word");
    } else if (!seen.insert(key->text).second) {
      named.refuse_text("this key stands here twice");
    } else {
      visit(named, child_of(from, *key, *child));
    }
  }
}

std::string known_keys(const std::vector<std::string_view>& keys) {
  std::string result;
  for (const std::string_view each : keys) {
    result += (result.empty() ? "" : ", ") + std::string{each};
  }
  return result;
}

}  // namespace

void value::refuse(const std::string& why) const {
  faults.add(where, path.empty() ? why : path + ": " + why);
}

void value::refuse_text(const std::string& why) const {
  refuse(is(node::kind::scalar) ? in_quotes(at.text) + ": " + why : why);
}

void value::refuse_unsupported(const std::string& what) const {
  faults.add(where, (what.empty() ? path : what) + " is not supported by this version");
}

std::string value::place() const {
  return to_string(fault{faults.file(), where, path});
}

bool value::is_word(std::string_view word) const noexcept {
  return is(node::kind::scalar) && at.text == word;
}

void read_mapping(const value& from, std::initializer_list<field> fields) {
  if (!expect(from, node::kind::mapping) && !from.is(node::kind::null)) {
    return;
  }
  std::set<std::string_view> present;
  std::vector<std::string_view> keys;
  for (const field& each : fields) {
    keys.push_back(each.key);
  }
  visit_pairs(from, [&](const value& key, const value& child) {
    const auto known = std::find_if(fields.begin(), fields.end(),
                                    [&](const field& each) { return each.key == key.at.text; });
    if (known != fields.end()) {
      present.insert(known->key);
      known->read(child);
    } else if (const std::string near = did_you_mean(key.at.text, keys); !near.empty()) {
      key.refuse_text("unknown key" + near);
    } else {
      key.refuse_text("unknown key; known here: " + known_keys(keys));
    }
  });
  for (const field& each : fields) {
    if (each.need == presence::required && !present.contains(each.key)) {
      from.refuse("`" + std::string{each.key} + "` is missing");
    }
  }
}

void read_pairs(const value& from, const std::function<void(const value&, const value&)>& read) {
  if (expect(from, node::kind::mapping)) {
    visit_pairs(from, read);
  }
}

void read_list(const value& from, const std::function<void(const value&)>& read) {
  if (!expect(from, node::kind::sequence)) {
    return;
  }
  for (std::size_t i = 0; i < from.at.items.size(); ++i) {
    const node& item = *from.at.items[i];
    const position where = item.type == node::kind::null ? from.where : item.where;
    read({item, where, from.path + "[" + std::to_string(i) + "]", from.faults});
  }
}

}  // namespace lastframe::config
