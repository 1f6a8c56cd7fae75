#include "proxy/config/expand.hpp"

#include <algorithm>

#include "proxy/config/fault.hpp"

namespace lastframe::config {
namespace {

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), fits);
}

// `inside` is what stands between the braces.
void replace(std::string_view inside, const variable_lookup& variable, expanded& result) {
  const std::size_t colon = inside.find(":-");
  const std::string_view name = inside.substr(0, colon);
  const bool has_default = colon != std::string_view::npos;
  const std::string_view fallback = has_default ? inside.substr(colon + 2) : std::string_view{};
  if (!is_name(name)) {
    result.errors.push_back(in_quotes("${" + std::string{inside} + "}") +
                            ": no name of an environment variable");
  } else if (fallback.find('$') != std::string_view::npos) {
    result.errors.push_back(in_quotes("${" + std::string{inside} + "}") + ": a default contains no `$`");
  } else if (auto found = variable(name); found && !(found->empty() && has_default)) {
    result.text += *found;
  } else if (has_default) {
    result.text += fallback;
  } else {
    result.errors.push_back("the environment variable " + in_quotes(name) + " is not set; `${" +
                            std::string{name} + ":-default}` would give it a default");
  }
}

}  // namespace

expanded expand(std::string_view scalar, const variable_lookup& variable) {
  expanded result;
  while (!scalar.empty()) {
    const std::size_t dollar = std::min(scalar.find('$'), scalar.size());
    result.text += scalar.substr(0, dollar);
    scalar.remove_prefix(dollar);
    if (scalar.empty()) {
      break;
    }
    if (scalar.substr(0, 2) == "$$") {
      result.text += '$';
      scalar.remove_prefix(2);
      continue;
    }
    const std::size_t end = scalar.find('}');
    if (scalar.substr(0, 2) != "${" || end == std::string_view::npos) {
      result.errors.push_back(in_quotes(scalar) +
                              ": `$` begins `${NAME}` or `${NAME:-default}`; `$$` is a dollar sign");
      break;
    }
    replace(scalar.substr(2, end - 2), variable, result);
    scalar.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace lastframe::config
