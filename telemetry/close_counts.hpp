// `lastframe_closes_total`, as one worker counts it.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "telemetry/catalogue.hpp"
#include "telemetry/tally.hpp"
#include "telemetry/vocabulary.hpp"

namespace lastframe::telemetry {

/// The labels of one series.
struct close_key {
  std::size_t route = 0;  ///< its number in the catalogue, or `no_route`
  leg side = leg::client;
  close_code code = 1000;  ///< a label: see code_labels
  initiator by = initiator::client;
  cause why = cause::close_frame;

  auto operator<=>(const close_key&) const = default;
};

/// Counts by key. One thread adds; any thread may read at any time. Series are only ever added.
class close_counts {
 public:
  close_counts() = default;
  close_counts(const close_counts&) = delete;
  close_counts& operator=(const close_counts&) = delete;

  void add(const close_key& key);

  /// Calls `visit(key, count)` for each series, newest first.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const node* at = head_.load(std::memory_order_acquire); at != nullptr; at = at->next) {
      visit(at->key, at->count.get());
    }
  }

 private:
  struct node {
    close_key key;
    counter count;
    node* next = nullptr;
  };

  std::atomic<node*> head_{nullptr};
  std::deque<node> nodes_;                          ///< the writer's
  std::unordered_map<std::uint64_t, node*> index_;  ///< the writer's
};

/// The series that stand at 0 from the start: what the closing rules can produce with the configuration's
/// codes, and `close_frame` for 1000, 1001, 1005, 1011 and `app_codes` (DESIGN §5). Sorted, without
/// duplicates. None of TLS.
[[nodiscard]] std::vector<close_key> known_closes(const catalogue& names);

}  // namespace lastframe::telemetry
