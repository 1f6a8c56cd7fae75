#include "proxy/demo/background.hpp"

#include <csignal>

namespace lastframe::demo {

background::background() {
  // A thread inherits its creator's mask, so it never has a moment in which it takes signals.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread{[this] { context_.run(); }};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

background::~background() {
  stop();
}

void background::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace lastframe::demo
