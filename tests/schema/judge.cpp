// Loads the configurations on the standard input, which NUL bytes separate, and prints a line for each: the
// faults as a JSON list, empty if it is accepted. Files that a configuration names are not looked at.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

#include "proxy/config/load.hpp"

int main() {
  using namespace lastframe;
  config::surroundings around = config::process_surroundings();
  around.descriptor_limit = 20'256;
  for (std::string text; std::getline(std::cin, text, '\0');) {
    nlohmann::json faults = nlohmann::json::array();
    for (const config::fault& each : config::load_text(text, "f", around).faults) {
      faults.push_back(config::to_string(each));
    }
    std::cout << faults.dump() << '\n';
  }
  return std::cout.flush() ? 0 : 1;
}
