#include "proxy/net/task.hpp"

namespace lastframe::net {

deadline::deadline(socket& guarded, time_point at)
    : guarded_(std::make_shared<socket*>(&guarded)), timer_(guarded.get_executor(), at), at_(at) {
  // The timer's handler may be queued already when this object goes: it owns the pointer that says so.
  timer_.async_wait([target = guarded_](const error_code& error) {
    error_code ignored;
    if (!error && *target != nullptr) (*target)->cancel(ignored);
  });
}

deadline::~deadline() {
  *guarded_ = nullptr;
}

}  // namespace lastframe::net
