// A worker's deadlines.
#pragma once

#include <chrono>
#include <ratio>

#include <boost/intrusive/set.hpp>

namespace lastframe::net {

using time_point = std::chrono::steady_clock::time_point;

/// Something with one deadline. Lives in the queue while it is armed; disarms itself when destroyed.
class timer_entry
    : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                             boost::intrusive::optimize_size<true>> {
 public:
  virtual ~timer_entry() = default;

  /// Its time has come; it is no longer armed. May arm or destroy any entry, itself included.
  virtual void on_time(time_point now) = 0;

  [[nodiscard]] time_point due() const noexcept { return due_; }

 private:
  friend class timer_queue;
  time_point due_ = time_point::max();
};

/// Calls each entry when its time has come, or up to a `slack` later. Not thread-safe. Must outlive its
/// entries' being armed.
class timer_queue {
 public:
  /// 4 ms. Deadlines that lie so close together are met at once: the Pings of a tunnel's two legs, for one.
  using slack = std::chrono::duration<time_point::rep, std::ratio<1, 250>>;
  /// So many entries are called in one turn; then sockets have theirs.
  static constexpr int most_at_once = 32;

  /// Sets `entry`'s deadline in place of its former one; `time_point::max()` only takes that away.
  void arm(timer_entry& entry, time_point due);

  /// When `expire` is to be called next; `time_point::max()`: nothing is armed.
  [[nodiscard]] time_point due() const noexcept;
  /// Calls what is due, at most `most_at_once`.
  void expire(time_point now);

 private:
  struct earlier {
    bool operator()(const timer_entry& a, const timer_entry& b) const noexcept { return a.due_ < b.due_; }
  };

  boost::intrusive::multiset<timer_entry, boost::intrusive::compare<earlier>,
                             boost::intrusive::constant_time_size<false>>
      entries_;
};

}  // namespace lastframe::net
