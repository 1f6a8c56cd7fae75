// Many handshakes at once, and what goes on beside them.
#include <list>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <poll.h>

#include "proxy/net/connection.hpp"
#include "proxy/net/poller.hpp"
#include "tests/unit/net/on_loop.hpp"
#include "tests/unit/net/tls_peers.hpp"

namespace lastframe::net {
namespace {

/// A relay that always has something to do, and notes at each of its turns how many clients were answered.
class busy_relay final : public ready_handler {
 public:
  busy_relay(poller& told_by, int descriptor) : told_by_(told_by), descriptor_(descriptor) {
    told_by.add(descriptor, EPOLLOUT, *this);
  }
  ~busy_relay() { told_by_.remove(descriptor_); }

  void on_ready(unsigned, std::uint32_t) override {
    seen.push_back(answered());
    told_by_.again(descriptor_, EPOLLOUT);
  }

  [[nodiscard]] std::size_t answered() const {
    std::size_t count = 0;
    for (const stream& each : clients) {
      pollfd entry{each.descriptor(), POLLIN, 0};
      if (::poll(&entry, 1, 0) == 1) ++count;
    }
    return count;
  }

  std::list<stream> clients;
  std::vector<std::size_t> seen;

 private:
  poller& told_by_;
  int descriptor_;
};

TEST_F(tls, lets_relays_have_their_turn_between_any_two_handshakes) {
  constexpr std::size_t flood = 200;
  event_loop loop;
  poller& relays = loop.sockets();
  socket_pair always_ready;
  busy_relay relay(relays, always_ready.near);
  std::list<connection> connections;
  for (std::size_t i = 0; i < flood; ++i) {
    socket_pair ends;
    connection& made = connections.emplace_back(loop, stream(ends.release_near()));
    stream& far = relay.clients.emplace_back(std::exchange(ends.far, -1));
    far.use(client.connect(far.descriptor(), "127.0.0.1"));
    EXPECT_EQ(far.tls().handshake(), tls_session::progress::wants_read);  // its ClientHello is there
    asio::co_spawn(loop.io(), made.handshake(server.accept(made.descriptor()), time_point::max(), relays),
                   asio::detached);
  }
  run_until(loop, [&] { return relay.answered() == flood; });
  std::size_t most = 0;
  for (std::size_t i = 1; i < relay.seen.size(); ++i)
    most = std::max(most, relay.seen[i] - relay.seen[i - 1]);
  EXPECT_EQ(most, 1U);
  EXPECT_GE(relay.seen.size(), flood);
}

}  // namespace
}  // namespace lastframe::net
