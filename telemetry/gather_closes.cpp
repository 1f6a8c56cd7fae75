#include "telemetry/gather_closes.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lastframe::telemetry {

namespace asio = boost::asio;

namespace {

/// The workers' answers to one question. Only the server's thread touches it.
struct collection {
  std::vector<worker_closes> answers;
  std::size_t missing = 0;
  asio::steady_timer* waiter = nullptr;  ///< null once nobody waits any more
};

void receive(collection& collected, worker_closes seen) {
  if (collected.waiter == nullptr) return;
  collected.answers.push_back(std::move(seen));
  if (--collected.missing == 0) collected.waiter->cancel();
}

}  // namespace

closes_gatherer::closes_gatherer(std::shared_ptr<asio::io_context> home, std::vector<ask_worker> workers,
                                 std::chrono::milliseconds deadline)
    : home_(std::move(home)), workers_(std::move(workers)), deadline_(deadline) {}

asio::awaitable<std::vector<worker_closes>> closes_gatherer::ask(std::shared_ptr<const closes_query> query,
                                                                 std::chrono::system_clock::time_point now) {
  const auto collected = std::make_shared<collection>();
  asio::steady_timer deadline{*home_, deadline_};
  const auto at = waits_.insert(waits_.end(), &deadline);
  collected->missing = workers_.size();
  collected->waiter = &deadline;
  for (const ask_worker& worker : workers_) {
    // Not `this`: a worker may answer when the server is gone.
    worker([home = home_, collected, query, now](const recorder& one) {
      const auto wanted = [&](const tunnel_summary& tunnel) { return query->matches(tunnel); };
      worker_closes seen{one.recent(query->limit + 1, wanted), one.windows(now, query->counts_filter())};
      asio::post(*home,
                 [collected, seen = std::move(seen)]() mutable { receive(*collected, std::move(seen)); });
    });
  }
  if (collected->missing != 0 && !stopping_)
    co_await deadline.async_wait(asio::as_tuple(asio::use_awaitable));
  collected->waiter = nullptr;
  waits_.erase(at);
  co_return std::move(collected->answers);
}

void closes_gatherer::stop() {
  stopping_ = true;
  for (asio::steady_timer* const timer : waits_) timer->cancel();
}

}  // namespace lastframe::telemetry
