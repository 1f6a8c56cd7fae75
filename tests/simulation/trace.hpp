// The schedule of a seed as lines of text, for the one that failed.
#pragma once

#include <cstdio>
#include <string>

#include "tests/simulation/agenda.hpp"

namespace lastframe::simulation {

/// Silent unless it is on; callers put words together only then.
class trace {
 public:
  trace(const agenda& plan, bool on) noexcept : plan_(&plan), on_(on) {}

  [[nodiscard]] bool on() const noexcept { return on_; }
  void set(bool on) noexcept { on_ = on; }
  void say(const char* who, const std::string& what) const {
    if (on_) std::printf("%12.6f  %-9s %s\n", static_cast<double>(plan_->now()) / 1e6, who, what.c_str());
  }

 private:
  const agenda* plan_;
  bool on_;
};

[[nodiscard]] constexpr const char* name_of(std::size_t which) noexcept {
  return which == client ? "client" : "upstream";
}

}  // namespace lastframe::simulation
