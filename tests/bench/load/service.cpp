#include "tests/bench/load/service.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include <sys/epoll.h>

#include "tests/bench/load/handshake.hpp"
#include "tests/bench/load/peer.hpp"
#include "tests/bench/load/poller.hpp"

namespace lastframe::bench {
namespace {

namespace opcodes = protocol::opcodes;

class served;

class listener final : public event_target {
 public:
  listener(poller& events, const sockaddr_in& address) : events_(&events), descriptor_(listen_on(address)) {
    events_->add(descriptor_, EPOLLIN, *this);
    announce(descriptor_);
  }

  void drop(served& tunnel);
  [[nodiscard]] std::shared_ptr<const message_block> messages_of(std::size_t size);

 private:
  void on_events(std::uint32_t events) override;

  poller* events_;
  int descriptor_;
  std::map<served*, std::unique_ptr<served>> tunnels_;
  std::map<std::size_t, std::shared_ptr<const message_block>> blocks_;
};

class served final : public peer {
 public:
  served(poller& events, transport&& wire, listener& owner) : peer(events, std::move(wire)), owner_(&owner) {}

 private:
  enum class mode : std::uint8_t { echo, sink, down };

  void on_head(std::string_view head) override {
    queue(upgrade_answer(head));
    mode_ = path_of(head) == "/sink" ? mode::sink : path_of(head) == "/down" ? mode::down : mode::echo;
  }

  void on_frame(const frame_header& header, std::string_view payload) override {
    if (header.opcode == opcodes::close) {
      queue_frame(opcodes::close, payload, false);
      flush();
      finish();
    } else if (header.opcode == opcodes::ping) {
      queue_frame(opcodes::pong, payload, false);
    } else if (header.opcode == opcodes::text && mode_ == mode::down) {
      start_stream(payload);
    } else if (mode_ == mode::echo && header.is_data()) {
      echo(header);
    } else if (header.opcode == opcodes::text) {
      queue_frame(opcodes::text, payload, false);
    }
  }

  void on_end() override { owner_->drop(*this); }

  void start_stream(std::string_view order) {
    std::istringstream words{std::string(order)};
    std::uint64_t count = 0;
    std::size_t size = 0;
    if (words >> count >> size) stream(owner_->messages_of(size), count);
  }

  // The cheapest frame of the same size: what a service does with a message is not measured here.
  void echo(const frame_header& header) {
    frame_header answer;
    answer.fin = header.fin;
    answer.opcode = header.opcode;
    answer.length = header.length;
    std::array<std::byte, protocol::max_header_size> bytes;
    const std::size_t size = protocol::encode_header(answer, bytes.data());
    queue({reinterpret_cast<const char*>(bytes.data()), size});
    if (filler_.size() < header.length) filler_.resize(header.length, 'y');
    queue(std::string_view(filler_).substr(0, header.length));
  }

  inline static std::string filler_;
  listener* owner_;
  mode mode_ = mode::echo;
};

void listener::drop(served& tunnel) {
  auto node = tunnels_.extract(&tunnel);
  events_->bury(std::move(node.mapped()));
}

std::shared_ptr<const message_block> listener::messages_of(std::size_t size) {
  auto& block = blocks_[size];
  if (!block) block = std::make_shared<const message_block>(size, false);
  return block;
}

void listener::on_events(std::uint32_t) {
  for (int descriptor = accept_on(descriptor_); descriptor >= 0; descriptor = accept_on(descriptor_)) {
    auto tunnel = std::make_unique<served>(*events_, transport(descriptor), *this);
    served* const key = tunnel.get();
    tunnels_.emplace(key, std::move(tunnel));
  }
}

}  // namespace

void serve(const sockaddr_in& address) {
  poller events;
  listener all(events, address);
  events.run();
  std::exit(0);
}

}  // namespace lastframe::bench
