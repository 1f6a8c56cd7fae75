// An io_context with a thread of its own.
#pragma once

#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace lastframe::demo {

/// Runs an io_context until it is destroyed; whatever still waits in the context is then destroyed
/// unfinished. Its thread takes no signals: those are the proxy's.
class background {
 public:
  background();
  ~background();
  background(const background&) = delete;
  background& operator=(const background&) = delete;

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

  /// Ends the thread. After it nothing of the context runs any more.
  void stop();

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_;
};

}  // namespace lastframe::demo
