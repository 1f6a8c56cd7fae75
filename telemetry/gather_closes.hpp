// Asks the workers for their closes, on behalf of the telemetry server.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "telemetry/ask_worker.hpp"
#include "telemetry/closes_page.hpp"
#include "telemetry/closes_query.hpp"

namespace lastframe::telemetry {

/// Asks and waits, for any number of requests at a time. Only the thread of `home` may use it.
class closes_gatherer {
 public:
  /// `home` is shared with questions that workers have not answered yet.
  closes_gatherer(std::shared_ptr<boost::asio::io_context> home, std::vector<ask_worker> workers,
                  std::chrono::milliseconds deadline);

  /// The answers that came before the deadline, one more close in each than `query` asks for: that tells
  /// whether there are more.
  [[nodiscard]] boost::asio::awaitable<std::vector<worker_closes>> ask(
      std::shared_ptr<const closes_query> query, std::chrono::system_clock::time_point now);

  /// Ends every wait, and those to come, with what there is.
  void stop();

  [[nodiscard]] std::size_t workers() const noexcept { return workers_.size(); }

 private:
  std::shared_ptr<boost::asio::io_context> home_;
  std::vector<ask_worker> workers_;
  std::chrono::milliseconds deadline_;
  std::list<boost::asio::steady_timer*> waits_;
  bool stopping_ = false;
};

}  // namespace lastframe::telemetry
