// Tells when files may have changed.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "proxy/net/task.hpp"

namespace lastframe::server {

/// Watches the folders that files stand in (inotify): so it sees files that are written, renamed into place,
/// or reached through a symlink that is swapped, as Kubernetes does. Not thread-safe.
class file_watch {
 public:
  /// A folder that does not exist is not watched. Throws std::system_error if the kernel refuses to watch.
  file_watch(net::executor where, const std::vector<std::string>& files);

  /// Waits until something has changed there, and then has not for a moment: files come in pairs. False: it
  /// was stopped.
  [[nodiscard]] net::task<bool> changed();
  /// Ends `changed`, now and later.
  void stop();

 private:
  net::asio::posix::basic_stream_descriptor<net::executor> events_;
};

}  // namespace lastframe::server
