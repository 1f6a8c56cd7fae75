// An open tunnel over real sockets.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <string>

#include "proxy/config/settings.hpp"
#include "proxy/net/poller.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/net/task.hpp"
#include "proxy/net/timer_queue.hpp"
#include "proxy/session/admission.hpp"
#include "proxy/session/driver.hpp"

namespace lastframe::session {

namespace asio = boost::asio;
struct worker_context;
struct drain_plan;

/// What is known of a tunnel when it opens.
struct tunnel_info {
  std::uint64_t id = 0;
  std::size_t route = 0;
  std::size_t endpoint = 0;
  std::string client;    ///< address:port
  std::string upstream;  ///< the endpoint as configured; empty if none was reached
  std::string host;
  std::string path;
  std::string subprotocol;
  time_point started;  ///< when the connection was accepted
};

/// One tunnel, owned by its worker's list, from which it removes itself when it has ended and is recorded.
class tunnel final : public net::timer_entry {
 public:
  using handle = std::list<tunnel>::iterator;

  /// A tunnel with both legs open.
  tunnel(worker_context& worker, tunnel_info info, admission::ticket place, net::stream client,
         net::stream upstream, const protocol::framing& rules);
  /// The client's leg alone, to deliver a Close to.
  tunnel(worker_context& worker, tunnel_info info, admission::ticket place, net::stream client,
         const protocol::farewell& why);
  tunnel(const tunnel&) = delete;
  tunnel& operator=(const tunnel&) = delete;
  ~tunnel() override;

  /// Begins to relay: first what was read ahead. The tunnel may be gone when this returns.
  void start(handle self, std::string_view from_client, std::string_view from_upstream);
  /// The client gets its Close at a random moment of the plan. The tunnel may be gone when this returns.
  void drain(const drain_plan& plan);
  /// Cuts both legs and records. The tunnel is gone when this returns.
  void abort();

 private:
  struct watch final : net::ready_handler {
    watch(tunnel& tunnel, leg leg) noexcept : owner(&tunnel), which(leg) {}
    void on_ready(std::uint32_t events) override { owner->on_ready(which, events); }

    tunnel* owner;
    leg which;
    std::uint32_t interest = 0;
  };

  [[nodiscard]] protocol::tunnel_context context() const;
  [[nodiscard]] protocol::tunnel_secrets secrets() const;
  void on_ready(leg which, std::uint32_t events);
  void on_time(time_point now) override;
  template <class Step>
  void step(Step&& todo);
  void after_step(time_point now);
  void note_fault(const std::exception& fault, time_point now) noexcept;
  [[nodiscard]] std::uint32_t interest_in(leg which) const noexcept;
  void watch_for(watch& each);
  void drain_at_random(const drain_plan& plan, time_point now);
  void feed(leg from, std::string_view bytes, time_point now);
  void end() noexcept;

  worker_context& worker_;
  std::shared_ptr<const config::settings> settings_;  // those it began with
  std::unique_ptr<tunnel_info> info_;
  admission::ticket place_;
  tunnel_driver<net::stream> driver_;
  std::array<watch, 2> watches_;
  handle self_;
  bool both_legs_;
};

}  // namespace lastframe::session
