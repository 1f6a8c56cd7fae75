#include "proxy/session/random_source.hpp"

#include <cerrno>
#include <system_error>

#include <sys/random.h>

namespace lastframe::session {

random_source::result_type random_source::operator()() {
  if (used_ == batch_.size()) {
    if (::getrandom(batch_.data(), sizeof batch_, 0) != static_cast<ssize_t>(sizeof batch_)) {
      throw std::system_error(errno, std::system_category(), "no random numbers from the kernel");
    }
    used_ = 0;
  }
  return batch_[used_++];
}

}  // namespace lastframe::session
