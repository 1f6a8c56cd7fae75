// Feeds a relay as the tunnel machine does, and collects what it yields.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/relay.hpp"
#include "tests/support/wire.hpp"

namespace lastframe::protocol {

/// A relay and all that came out of it.
class relay_driver {
 public:
  explicit relay_driver(telemetry::leg from, framing rules = {}, std::uint64_t max_message = UINT64_MAX)
      : relay_(from, rules, max_message, budget_) {}

  /// One read's bytes; they stand in memory of their own, with nothing but the room for a header around them.
  void feed(std::string_view bytes) {
    std::vector<std::byte> memory(max_header_size, std::byte{0xDD});
    const auto data = std::as_bytes(std::span(bytes));
    memory.insert(memory.end(), data.begin(), data.end());
    mutable_bytes in = mutable_bytes(memory).subspan(max_header_size);
    read(in);
  }

  /// The same with memory of the caller's.
  void read(mutable_bytes in) {
    while (why_ == violation::none) {
      const unit found = relay_.next(in);
      if (found.kind == unit_kind::none) break;
      kinds_.push_back(found.kind);
      why_ = found.why;
      most_taken_ = std::max(most_taken_, budget_.held());
      if (found.kind != unit_kind::violation) {
        sizes_.push_back(relay_.held().size() + found.bytes.size());
        if (keep_) keep(relay_.held().bytes()), keep(found.bytes);
        relay_.held().clear();
      }
    }
    most_held_ = std::max(most_held_, relay_.held().size());
  }

  void keep(bool whether) { keep_ = whether; }
  [[nodiscard]] relay& operator*() { return relay_; }
  [[nodiscard]] const std::string& out() const { return out_; }
  [[nodiscard]] const std::vector<unit_kind>& kinds() const { return kinds_; }
  [[nodiscard]] const std::vector<std::size_t>& sizes() const { return sizes_; }
  [[nodiscard]] violation why() const { return why_; }
  [[nodiscard]] std::size_t most_held() const { return most_held_; }
  /// The most memory that it had taken when it yielded a unit.
  [[nodiscard]] std::uint64_t most_taken() const { return most_taken_; }
  [[nodiscard]] buffer_budget& budget() { return budget_; }

 private:
  void keep(const_bytes bytes) { out_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }

  buffer_budget budget_{std::uint64_t{1} << 30};
  relay relay_;
  std::string out_;
  std::vector<unit_kind> kinds_;
  std::vector<std::size_t> sizes_;
  violation why_ = violation::none;
  std::size_t most_held_ = 0;
  std::uint64_t most_taken_ = 0;
  bool keep_ = true;
};

}  // namespace lastframe::protocol
