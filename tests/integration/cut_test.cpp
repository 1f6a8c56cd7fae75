// Peers that are gone in the middle of a large message (DESIGN R1, R3, R8).
#include <chrono>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using testing::ElementsAre;

constexpr std::size_t announced = 64 << 20;

/// The header of a binary frame of that many bytes, and the first `size` of them.
std::string beginning(std::size_t size) {
  return std::string("\x82\x7F\x00\x00\x00\x00\x04\x00\x00\x00", 10) + std::string(size, 'b');
}

class cutting : public testing::Test {
 protected:
  raw_service service_;
  config::settings settings_ = settings_for({service_.address()});
};

TEST_F(cutting, a_large_frame_of_upstreams_still_lets_the_client_have_a_close) {
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  upstream.send(beginning(300'000));
  const wire_frame first = client.read_frame();
  EXPECT_EQ(first.opcode, 2U);
  EXPECT_FALSE(first.fin);
  upstream.reset();
  std::size_t received = first.payload.size();
  for (;;) {
    const wire_frame frame = client.read_frame();
    if (frame.opcode == 8) {
      EXPECT_EQ(frame.payload.substr(0, 2), close_payload(1014));
      break;
    }
    EXPECT_EQ(frame.opcode, 0U);
    EXPECT_FALSE(frame.fin);
    received += frame.payload.size();
  }
  EXPECT_LE(received, 300'000U);
  client.send(masked_close(1014));
  EXPECT_EQ(client.read_end(), stream_end::eof);
  client.close();
  EXPECT_THAT(proxy.closes(2), ElementsAre("client 1014 upstream reset", "upstream 1006 upstream reset"));
}

TEST_F(cutting, a_large_frame_that_is_preserved_cuts_the_other_leg) {
  settings_.routes[0].tunnel.split = false;
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  upstream.send(beginning(300'000));
  EXPECT_EQ(client.read_bytes(300'010), beginning(300'000));
  upstream.close();
  EXPECT_EQ(client.read_end(), stream_end::reset);
  EXPECT_THAT(proxy.closes(2), ElementsAre("client 1006 upstream eof", "upstream 1006 upstream eof"));
}

TEST_F(cutting, a_large_frame_of_the_clients_reaches_upstream_as_far_as_it_came) {
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  const std::string whole = masked(2, std::string(200'000, 'c'));
  client.send(whole.substr(0, 100'000));
  const wire_frame first = upstream.read_frame();
  EXPECT_FALSE(first.fin);
  client.close();
  EXPECT_EQ(upstream.read_end(), stream_end::eof);
  upstream.close();
  EXPECT_THAT(proxy.closes(2), ElementsAre("client 1006 client eof", "upstream 1006 client eof"));
}

TEST_F(cutting, a_large_frame_lets_pings_through_while_it_goes_on) {
  settings_.routes[0].tunnel.client_keepalive = {std::chrono::milliseconds(30), std::chrono::seconds(20)};
  settings_.routes[0].tunnel.upstream_keepalive.reset();
  const proxy_under_test proxy(std::move(settings_));
  auto [client, upstream] = open_tunnel(proxy, service_);
  upstream.send(beginning(100'000));
  // What is sent goes out in whole fragments, and so the Ping comes although the frame has not ended.
  std::size_t received = 0;
  wire_frame frame = client.read_frame();
  for (; frame.opcode != 9; frame = client.read_frame()) received += frame.payload.size();
  EXPECT_LE(received, 100'000U);
  client.send(masked(10, frame.payload));
  auto sending = std::async(std::launch::async,
                            [&peer = upstream] { peer.send(std::string(announced - 100'000, 'b')); });
  while (!frame.fin || frame.opcode == 9) {
    frame = client.read_frame();
    if (frame.opcode == 9) {
      client.send(masked(10, frame.payload));
    } else {
      received += frame.payload.size();
    }
  }
  sending.get();
  EXPECT_EQ(received, announced);
}

}  // namespace
}  // namespace lastframe::support
