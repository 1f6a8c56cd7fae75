// Prints docs/configuration.md, configs/reference.yaml, or lastframe.yaml(5) with its keys written anew:
//   describe_configuration page|reference
//   describe_configuration manual FILE
#include <cctype>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string_view>

#include "proxy/config/wording.hpp"
#include "tests/schema/renderings.hpp"

namespace lastframe::config {

std::string line_of(const key& it) {
  const bool is_switch = !it.words.empty() && it.words.front() == "true";
  std::string result;
  if (!it.words.empty() && !is_switch && !has_keys(it)) {
    result = values_in_words(it, detail::brief) + ". ";
  } else if (it.value == kind::listen_address || it.value == kind::tcp_address ||
             it.value == kind::endpoints || it.value == kind::name || it.value == kind::host_match) {
    result = form_in_words(it) + ". ";
    result.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(result.front())));
  }
  return result + help_of(it);
}

std::string path_below(const key& it, const std::string& path) {
  return path + (it.value == kind::mappings ? "[]." : ".");
}

}  // namespace lastframe::config

int main(int count, char** arguments) {
  using namespace lastframe::config;
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (what == "page") {
    std::cout << page();
  } else if (what == "reference") {
    std::cout << reference();
  } else if (what == "manual" && count == 3) {
    std::ostringstream written;
    written << std::ifstream{arguments[2]}.rdbuf();
    std::cout << manual(written.str());
  } else {
    std::cerr << "usage: describe_configuration page|reference|manual FILE\n";
    return 2;
  }
  return std::cout.flush() ? 0 : 1;
}
