#include "proxy/config/schema.hpp"

#include <nlohmann/json.hpp>

#include "proxy/config/description.hpp"
#include "proxy/config/patterns.hpp"
#include "proxy/config/wording.hpp"

namespace lastframe::config {
namespace {

using json = nlohmann::ordered_json;

constexpr std::uint64_t first_free_code = 3'000;

const json variable = {{"$ref", "#/definitions/variable"}};

std::string without_backquotes(std::string text) {
  std::erase(text, '`');
  return text;
}

std::string whole(const std::string& pattern) {
  return "^(?:" + pattern + ")$";
}

// What YAML takes a text for: true for `true`, a number for `64`.
json value_of(const std::string& text) {
  json result = json::parse(text, nullptr, false);
  return result.is_discarded() ? json(text) : result;
}

// A word may be written with and without quotes.
json words_of(const key& it) {
  json result = json::array();
  for (const std::string& each : it.words) {
    if (it.now == support::only_default && each != it.usual) {
      continue;
    }
    if (json value = value_of(each); !value.is_string()) {
      result.push_back(std::move(value));
    }
    result.push_back(each);
  }
  return {{"enum", std::move(result)}};
}

// What YAML may take a value for; the proxy sees its text, whatever that is.
json types_of(const key& it) {
  switch (it.value) {
    case kind::name:
    case kind::app_codes:
      return {"string", "integer", "boolean"};
    case kind::host:
    case kind::host_match:
      return {"string", "boolean"};
    case kind::file:
      return {"string", "number", "boolean"};
    default:
      return "string";
  }
}

json integer(const bounds& within) {
  return {{"type", "integer"}, {"minimum", within.least}, {"maximum", within.most}};
}

// The registered ones one by one, since an editor offers them then.
void add_codes(json& to) {
  json registered = json::array();
  json free = json::array();
  for (const bounds& each : close_codes()) {
    for (std::uint64_t code = each.least; code <= each.most && each.most < first_free_code; ++code) {
      registered.push_back(code);
    }
    if (each.most >= first_free_code) {
      free.push_back(integer(each));
    }
  }
  to.push_back({{"enum", std::move(registered)}});
  to.insert(to.end(), free.begin(), free.end());
}

// The forms of a scalar, but for its words. Title and message are for editors.
json forms_of(const key& it) {
  json result = json::array();
  if (it.value == kind::count) {
    result.push_back(integer(it.within));
  } else if (it.value == kind::code) {
    add_codes(result);
  }
  if (const std::string pattern = patterns::of(it); !pattern.empty()) {
    result.push_back({{"title", without_backquotes(form_in_words(it))},
                      {"type", types_of(it)},
                      {"pattern", whole(pattern + "|" + patterns::with_variable())},
                      {"errorMessage", "Expected " + without_backquotes(values_in_words(it)) + "."}});
  }
  return result;
}

json scalar_of(const key& it) {
  // An editor's message is that of the first which comes near.
  json options = it.now == support::full ? forms_of(it) : json::array();
  const bool has_texts = !options.empty();
  if (!it.words.empty()) {
    options.push_back(words_of(it));
  }
  if (!has_texts) {
    options.push_back(variable);
  }
  return options.size() == 1 ? options.front() : json{{"anyOf", options}};
}

json list_of(json items) {
  return {{"type", "array"}, {"items", std::move(items)}, {"minItems", 1}};
}

json value_schema(const key& it, json& definitions);

json mapping_of(const key& it, json& definitions) {
  json properties = json::object();
  json required = json::array();
  json dependencies = json::object();
  for (const key& each : it.keys) {
    if (each.now == support::none) {
      continue;
    }
    json described = {{"description", without_backquotes(help_of(each))}};
    described.update(value_schema(each, definitions));
    properties[each.name] = std::move(described);
    if (each.required) {
      required.push_back(each.name);
    }
    if (!each.together.empty()) {
      dependencies[each.name] = {each.together};
    }
  }
  json result = {{"type", required.empty() ? json{"object", "null"} : json("object")},
                 {"properties", std::move(properties)},
                 {"additionalProperties", false}};
  if (!required.empty()) {
    result["required"] = std::move(required);
  }
  if (!dependencies.empty()) {
    result["dependencies"] = std::move(dependencies);
  }
  return result;
}

json form_schema(const key& it, json& definitions) {
  switch (it.value) {
    case kind::mapping:
      if (!it.words.empty()) {
        return {{"anyOf", {words_of(it), mapping_of(it, definitions), variable}}};
      }
      return mapping_of(it, definitions);
    case kind::mappings:
      return list_of(mapping_of(it, definitions));
    case kind::mapping_or_mappings: {
      definitions[it.name] = mapping_of(it, definitions);
      const json one = {{"$ref", "#/definitions/" + it.name}};
      return {{"anyOf", {one, list_of(one)}}};
    }
    case kind::app_codes:
      return {{"type", {"object", "null"}},
              {"patternProperties", {{whole(patterns::number(it.within)), scalar_of(it)}}},
              {"additionalProperties", false}};
    case kind::endpoints: {
      json result = list_of(scalar_of(it));
      result["uniqueItems"] = true;
      return result;
    }
    case kind::texts:
      // As long as none of them is supported.
      return {{"type", {"array", "null"}}, {"maxItems", 0}};
    default:
      return scalar_of(it);
  }
}

json value_schema(const key& it, json& definitions) {
  json result = form_schema(it, definitions);
  if (!it.usual.empty()) {
    result["default"] = value_of(it.usual);
  }
  if (!it.example.empty() && it.value != kind::endpoints && it.value != kind::app_codes) {
    result["examples"] = {it.example};
  }
  return result;
}

}  // namespace

std::string json_schema() {
  json definitions = {{"variable",
                       {{"title", "from the environment"},
                        {"type", "string"},
                        {"pattern", whole(patterns::with_variable())}}}};
  json result = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "lastframe.yaml"},
                 {"description", description().help}};
  result.update(mapping_of(description(), definitions));
  result["definitions"] = std::move(definitions);
  return result.dump(2) + "\n";
}

}  // namespace lastframe::config
