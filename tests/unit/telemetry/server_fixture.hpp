// A telemetry server on a free port, with workers that are threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "telemetry/server.hpp"
#include "tests/unit/telemetry/http_client.hpp"
#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {

/// A worker's thread: does what it is asked, in order, until it ends.
class worker_thread {
 public:
  explicit worker_thread(const recorder& one) : thread_([this, &one] { run(one); }) {}
  ~worker_thread() {
    give(nullptr);
    thread_.join();
  }
  worker_thread(const worker_thread&) = delete;
  worker_thread& operator=(const worker_thread&) = delete;

  ask_worker ask() {
    return [this](task look) { give(std::move(look)); };
  }

 private:
  using task = std::function<void(const recorder&)>;

  void give(task look) {
    const std::lock_guard lock{mutex_};
    asked_.push_back(std::move(look));
    more_.notify_one();
  }

  task take() {
    std::unique_lock lock{mutex_};
    more_.wait(lock, [this] { return !asked_.empty(); });
    task first = std::move(asked_.front());
    asked_.pop_front();
    return first;
  }

  void run(const recorder& one) {
    while (const task look = take()) look(one);
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<task> asked_;
  std::thread thread_;
};

class telemetry_server : public testing::Test {
 protected:
  void start(std::vector<ask_worker> workers = {}) {
    options_.port = 0;
    server_.emplace(options_, exporter_, state_, std::move(workers));
  }

  http_answer get(const std::string& target) { return http_client{server_->port()}.ask(target); }

  catalogue names_ = two_routes();
  recorder recorder_{names_, std::make_shared<code_labels>(names_)};
  status state_{phase::serving};
  reload_status reloads_;
  exporter exporter_{names_, {&recorder_}, state_, reloads_, "1.2.3"};
  server_options options_;
  std::optional<server> server_;
};

}  // namespace lastframe::telemetry
