// Clients that have not said yet what they want.
#pragma once

#include <cstddef>
#include <utility>

#include <boost/intrusive/list.hpp>
#include <sys/socket.h>

namespace lastframe::session {

/// Keeps those that say nothing from taking the places of those who would: when there are too many, the one
/// that has been silent for longest goes. Not thread-safe. Entries may outlive it: they go with the
/// coroutines that the io_context still holds.
class newcomers {
 public:
  /// A connection from when it was accepted until its request is there.
  class entry : public boost::intrusive::list_base_hook<> {
   public:
    /// `descriptor` stays open until `leave`, or until this goes.
    entry(newcomers& among, int descriptor) noexcept : among_(&among), descriptor_(descriptor) {
      among.add(*this);
    }
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;
    ~entry() { leave(); }

    void leave() noexcept {
      if (auto* const among = std::exchange(among_, nullptr))
        among->entries_.erase(list::s_iterator_to(*this));
    }
    /// Whether it had to go: its connection has been shut down.
    [[nodiscard]] bool evicted() const noexcept { return evicted_; }

   private:
    friend class newcomers;
    newcomers* among_;
    int descriptor_;
    bool evicted_ = false;
  };

  explicit newcomers(std::size_t most) noexcept : most_(most) {}
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  newcomers(const newcomers&) = delete;
  newcomers& operator=(const newcomers&) = delete;
  /// From here on more than `most` are too many. Those who are here may stay: each that comes sends one away.
  void limit(std::size_t most) noexcept { most_ = most; }
  ~newcomers() {
    while (!entries_.empty()) entries_.front().leave();
  }

 private:
  using list = boost::intrusive::list<entry>;

  void add(entry& one) noexcept {
    entries_.push_back(one);
    if (entries_.size() <= most_) return;
    entry& oldest = entries_.front();
    oldest.leave();
    oldest.evicted_ = true;
    ::shutdown(oldest.descriptor_, SHUT_RDWR);  // whoever waits for it learns of its end
  }

  list entries_;
  std::size_t most_;
};

}  // namespace lastframe::session
