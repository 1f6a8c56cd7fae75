// Short files around what a test is about, and what became of them. `config` reads texts; nothing here needs
// a disk.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/config/load.hpp"

namespace lastframe::config {

using strings = std::vector<std::string>;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A machine of 20,256 descriptors (10,000 connections) and 3 CPUs, with the environment given.
inline surroundings around_of(std::map<std::string, std::string, std::less<>> variables = {}) {
  const auto lookup = [variables =
                           std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
  return {lookup, 20'256, 3};
}

/// The faults of a file named `f`, as they are printed.
inline strings faults_of(const std::string& text, const surroundings& around = around_of()) {
  const load_result result = load_text(text, "f", around);
  EXPECT_EQ(result.loaded == nullptr, !result.faults.empty());
  strings printed;
  for (const fault& each : result.faults) {
    printed.push_back(to_string(each));
  }
  return printed;
}

/// The settings of a file that has no faults.
inline settings accepted(const std::string& text, const surroundings& around = around_of()) {
  const load_result result = load_text(text, "f", around);
  for (const fault& each : result.faults) {
    ADD_FAILURE() << to_string(each);
  }
  return result.loaded ? *result.loaded : settings{};
}

/// A whole file; what is added begins at 5:1.
inline std::string with_section(const std::string& added = {}) {
  return "listeners: [{address: 127.0.0.1:8080}]\n"
         "routes:\n"
         "  - name: a\n"
         "    upstream: {endpoints: [127.0.0.1:3000]}\n" +
         added + "\n";
}

/// The same; what is added belongs to the route and begins at 5:5.
inline std::string with_route(const std::string& added) {
  return with_section("    " + added);
}

/// What is added belongs to the route's upstream and begins at 6:7.
inline std::string with_upstream(const std::string& added) {
  return "listeners: [{address: 127.0.0.1:8080}]\n"
         "routes:\n"
         "  - name: a\n"
         "    upstream:\n"
         "      endpoints: [127.0.0.1:3000]\n"
         "      " +
         added + "\n";
}

/// What is added belongs to the listener and begins at 3:5.
inline std::string with_listener(const std::string& added) {
  return "listeners:\n"
         "  - address: 127.0.0.1:8080\n"
         "    " +
         added +
         "\n"
         "routes: [{name: a, upstream: {endpoints: [127.0.0.1:3000]}}]\n";
}

inline route only_route(const std::string& text) {
  const settings all = accepted(text);
  return all.routes.empty() ? route{} : all.routes.front();
}

}  // namespace lastframe::config
