// A worker's thread: sockets, deadlines and coroutines, in turns.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include "proxy/net/poller.hpp"
#include "proxy/net/timer_queue.hpp"

namespace lastframe::net {

class waiter;

/// Waits in one call for all sockets and deadlines at once. Its io_context runs coroutines and nothing else:
/// no Asio socket or timer may be made on it, since nobody would wait for those. Not thread-safe but for
/// `post` and `stop`.
class event_loop {
 public:
  /// Throws std::system_error if the kernel refuses.
  event_loop();
  /// Ends all waits, which never return: their coroutines go with the io_context.
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  [[nodiscard]] boost::asio::io_context& io() noexcept { return io_; }
  [[nodiscard]] poller& sockets() noexcept { return sockets_; }
  [[nodiscard]] timer_queue& times() noexcept { return times_; }

  /// The time as of the current turn: late by what was done in it so far. Never goes back.
  [[nodiscard]] time_point now() const noexcept { return sockets_.now(); }

  /// Takes turns until `stop`.
  void run();
  /// One turn, begun by a wait of at most so long for something to do.
  void take_turn(std::chrono::milliseconds at_most);

  /// Runs `todo` soon. Any thread.
  void post(std::function<void()> todo);
  /// Ends `run` after its turn, for good. Any thread.
  void stop() noexcept;

 private:
  friend class waiter;
  using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  /// What other threads posted. A descriptor among the others, so that it has its place in their order.
  class mailbox final : public ready_handler {
   public:
    mailbox();
    ~mailbox();
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    void put(std::function<void()> todo);
    void ring() noexcept;

   private:
    void on_ready(unsigned slot, std::uint32_t events) override;

    const int descriptor_;
    std::mutex guard_;
    std::vector<std::function<void()>> todo_;
  };

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  poller sockets_;
  timer_queue times_;
  mailbox posted_;
  boost::intrusive::list<waiter, boost::intrusive::base_hook<hook>,
                         boost::intrusive::constant_time_size<false>>
      waiters_;
  std::atomic<bool> stopped_{false};
};

}  // namespace lastframe::net
