// What a worker lends to the connections it serves.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/net/event_loop.hpp"
#include "proxy/net/pipe.hpp"
#include "proxy/net/resolver.hpp"
#include "proxy/net/wait_list.hpp"
#include "proxy/protocol/byte_queue.hpp"
#include "proxy/protocol/failure_pacer.hpp"
#include "proxy/session/admission.hpp"
#include "proxy/session/newcomers.hpp"
#include "proxy/session/random_source.hpp"
#include "proxy/session/revision.hpp"
#include "proxy/session/tunnel.hpp"
#include "telemetry/access_log.hpp"
#include "telemetry/logger.hpp"
#include "telemetry/recorder.hpp"

namespace lastframe::session {

/// A drain's times, the same for all workers.
struct drain_plan {
  protocol::close_code code;
  time_point begin;     ///< Closes go out from here
  time_point end;       ///< until here, each tunnel at a random moment
  time_point deadline;  ///< what is still open then is cut
};

/// One worker's share of everything. Not thread-safe: its thread only, but for what the references say.
struct worker_context {
  static constexpr std::size_t read_size = 64 << 10;

  worker_context(net::event_loop& with, session::revision first, telemetry::recorder& counts,
                 telemetry::access_log& tunnel_log, telemetry::logger& general_log, admission& places,
                 protocol::buffer_budget& room);

  /// Connections from here on are served by another revision; those of before go on with theirs.
  void use(session::revision next);

  /// Where everything is read into, one read at a time; a header fits before it.
  [[nodiscard]] mutable_bytes read_buffer() const noexcept { return read_buffer_; }

  /// A number for a tunnel, or for what did not become one; each once in the process.
  [[nodiscard]] static std::uint64_t next_id() noexcept;

  net::event_loop& loop;
  std::shared_ptr<const session::revision> revision;  ///< that of new connections
  telemetry::recorder& recorder;
  telemetry::access_log& access;
  telemetry::logger& log;
  admission& connections;
  net::resolver names;
  net::pipe_pool pipes;
  protocol::buffer_budget& budget;
  std::deque<protocol::failure_pacer> pacers;  ///< by route's number; where they are they stay
  random_source random;
  std::list<tunnel> tunnels;  ///< each removes itself when it has ended
  std::optional<drain_plan> draining;
  newcomers silent;             ///< without a request yet: half of this worker's places at most, or a few
  net::wait_list drain_begins;  ///< who waits for nothing but time, and no longer than until a drain begins

 private:
  std::vector<std::byte> buffer_;
  mutable_bytes read_buffer_;
};

}  // namespace lastframe::session
