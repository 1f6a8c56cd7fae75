// The demo's clients: gentle traffic over everything that the service can do.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace lastframe::demo {

/// What a client does once its connection is open.
struct visit_plan {
  std::string path = "/echo";
  std::chrono::milliseconds stay{5'000};  ///< how long it stays, if it is not closed before
  std::chrono::milliseconds talk{500};    ///< between messages
  std::uint16_t leave_with = 1000;        ///< the code of its Close; 0: it drops the connection
};

/// What a client saw, in the words of a browser's CloseEvent.
struct visit_outcome {
  unsigned status = 0;  ///< of the answer to its upgrade; 0: no answer
  std::uint16_t code = 1006;
  std::string reason;
  std::uint64_t messages = 0;  ///< received
};

/// Connects to `where`, upgrades, sends a message now and then, answers Pings and Closes, leaves as planned.
[[nodiscard]] boost::asio::awaitable<visit_outcome> visit(boost::asio::ip::tcp::endpoint where,
                                                          visit_plan plan);

/// Clients that come and go, about three a second, over all of the demo's paths, in a thread of their own
/// until destroyed.
class clients {
 public:
  explicit clients(boost::asio::ip::tcp::endpoint where);
  ~clients();
  clients(const clients&) = delete;
  clients& operator=(const clients&) = delete;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace lastframe::demo
