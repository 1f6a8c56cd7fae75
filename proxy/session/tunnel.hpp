// An open tunnel over real sockets.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>

#include "proxy/net/poller.hpp"
#include "proxy/net/readiness.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/net/task.hpp"
#include "proxy/net/timer_queue.hpp"
#include "proxy/session/admission.hpp"
#include "proxy/session/driver.hpp"
#include "proxy/session/tunnel_info.hpp"

namespace lastframe::session {

namespace asio = boost::asio;
struct worker_context;
struct drain_plan;

/// One tunnel, owned by its worker's list, from which it removes itself when it has ended and is recorded.
class tunnel final : public net::timer_entry, public net::ready_handler {
 public:
  using handle = std::list<tunnel>::iterator;

  using shared_context = std::shared_ptr<const protocol::tunnel_context>;

  /// A tunnel with both legs open.
  tunnel(worker_context& worker, shared_context route, tunnel_info info, admission::ticket place,
         net::stream client, net::stream upstream, const protocol::framing& rules);
  /// The client's leg alone, to deliver a Close to.
  tunnel(worker_context& worker, shared_context route, tunnel_info info, admission::ticket place,
         net::stream client, const protocol::farewell& why);
  tunnel(const tunnel&) = delete;
  tunnel& operator=(const tunnel&) = delete;
  ~tunnel() override;

  /// A leg's socket is in the poller already, as nobody's.
  void take_over(leg which, net::readiness::place place);
  /// Begins to relay: first what was read ahead. The tunnel may be gone when this returns.
  void start(handle self, std::string_view from_client, std::string_view from_upstream);
  /// The client gets its Close at a random moment of the plan. The tunnel may be gone when this returns.
  void drain(const drain_plan& plan);
  /// Cuts both legs and records. The tunnel is gone when this returns.
  void abort();

 private:
  struct watched {
    int descriptor = -1;         // -1: not in the poller
    std::uint32_t interest = 0;  // as that was told
  };

  void on_ready(unsigned slot, std::uint32_t events) override;
  void on_time(time_point now) override;
  template <class Step>
  void step(Step&& todo);
  void after_step(time_point now);
  void note_fault(const std::exception& fault, time_point now) noexcept;
  [[nodiscard]] bool is_watched() const noexcept {
    return watched_[0].descriptor >= 0 && watched_[1].descriptor >= 0;
  }
  void watch(leg which);
  void forget(leg which) noexcept;
  void drain_at_random(const drain_plan& plan, time_point now);
  void feed(leg from, std::string_view bytes, time_point now);
  void end() noexcept;

  worker_context& worker_;
  shared_context context_;  // that of its route when it began
  tunnel_info info_;
  admission::ticket place_;
  tunnel_driver<net::stream> driver_;
  handle self_;
  std::array<watched, 2> watched_{};
};

}  // namespace lastframe::session
