// A peer that does not read stops the other one, and costs a bounded amount of memory (DESIGN R4).
#include <chrono>
#include <fstream>
#include <future>
#include <iostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/proxy_under_test.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LASTFRAME_SANITIZED
#endif
#endif

namespace lastframe::support {
namespace {

using std::chrono::milliseconds;
using testing::IsEmpty;
using testing::StartsWith;

// A piece of a message's first 4 MiB, and one read. A sanitizer keeps freed memory, and more beside it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(LASTFRAME_SANITIZED)
constexpr std::size_t most_held = 1 << 20;
#else
constexpr std::size_t most_held = (16 << 10) + (64 << 10);
#endif

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// Sends on an endless message until nothing more is taken for a while; says how much was.
std::size_t send_until_blocked(raw_peer& peer, std::string_view piece) {
  std::size_t sent = 0;
  while (!peer.stays_blocked(milliseconds(100))) sent += peer.send_some(piece);
  return sent;
}

TEST(backpressure, stops_upstream_while_its_client_does_not_read_and_loses_nothing) {
  raw_service service("127.0.0.1", 65'536);
  const proxy_under_test proxy(settings_for({service.address()}));
  raw_peer client = connect_to(proxy.address(), 65'536);
  client.send(upgrade_request());
  raw_peer upstream = service.accept_upgrade();
  EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));

  std::string payload(64 << 20, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 2'654'435'761U >> 24);
  const std::string message = unmasked(2, payload);
  std::string_view rest = message;
  while (!rest.empty() && !upstream.stays_blocked(milliseconds(200)))
    rest.remove_prefix(upstream.send_some(rest));
  ASSERT_FALSE(rest.empty()) << "the proxy took 64 MiB that nobody read";

  // The other direction still works, and so do Pings' answers.
  client.send(masked(1, "meanwhile"));
  EXPECT_EQ(upstream.read_message().payload, "meanwhile");

  auto sending = std::async(std::launch::async, [&] { upstream.send(rest); });
  std::string got;
  for (;;) {
    const wire_frame frame = client.read_frame();
    if (frame.opcode == 9) continue;
    got += frame.payload;
    if (frame.fin) break;
  }
  sending.get();
  EXPECT_TRUE(got == payload);
  EXPECT_GT(proxy.metrics().sum("lastframe_backpressure_seconds_total", {{"leg", "client"}}), 0.1);
  EXPECT_THAT(proxy.metrics().closes(), IsEmpty());
}

TEST(backpressure, holds_at_most_a_piece_and_a_read_for_each_of_200_clients_that_stop_in_mid_message) {
  constexpr std::size_t tunnels = 200;
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.routes[0].tunnel.write_timeout = std::chrono::hours(1);
  settings.limits.buffer_bytes = 1ULL << 30;
  const proxy_under_test proxy(std::move(settings));
  std::vector<tunnel_ends> all;
  for (std::size_t i = 0; i < tunnels; ++i) {
    raw_peer client = connect_to(proxy.address(), 4'096);
    client.send(upgrade_request());
    raw_peer upstream = service.accept_upgrade();
    EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));
    all.push_back({std::move(client), std::move(upstream)});
  }
  // One message of 1 GiB each, of which as much is sent as anyone takes.
  const std::string header("\x82\x7F\x00\x00\x00\x00\x40\x00\x00\x00", 10);
  const std::string piece(1 << 20, 'p');
  const std::size_t before = resident_bytes();
  for (tunnel_ends& each : all) each.upstream.send(header);
  bool more = true;
  while (more) {
    more = false;
    for (tunnel_ends& each : all) more = each.upstream.send_some(piece) != 0 || more;
    if (!more) more = send_until_blocked(all.front().upstream, piece) != 0;
  }
  const std::size_t grown = resident_bytes() - std::min(before, resident_bytes());
  std::cout << "held for each stalled tunnel: " << grown / tunnels << " bytes\n";
  testing::Test::RecordProperty("bytes_per_stalled_tunnel", std::to_string(grown / tunnels));
  EXPECT_LT(grown, tunnels * most_held);
  EXPECT_THAT(proxy.metrics().closes(), IsEmpty());
  EXPECT_EQ(proxy.metrics().sum("lastframe_tunnels"), tunnels);
}

TEST(backpressure, stops_reading_where_the_budget_of_all_is_spent_and_goes_on_when_there_is_room) {
  raw_service service;
  config::settings settings = settings_for({service.address()});
  settings.limits.buffer_bytes = 1;  // spent by anything that is held
  settings.workers = 1;
  const proxy_under_test proxy(std::move(settings));
  raw_peer hog = connect_to(proxy.address(), 4'096);
  hog.send(upgrade_request());
  raw_peer hog_upstream = service.accept_upgrade();
  (void)hog.read_head();
  auto [client, upstream] = open_tunnel(proxy, service);
  const std::string message = unmasked(2, std::string(16 << 10, 'h'));
  std::size_t sent = 0;
  std::string_view rest = message;
  while (!hog_upstream.stays_blocked(milliseconds(100))) {
    const std::size_t n = hog_upstream.send_some(rest);
    sent += n;
    rest.remove_prefix(n);
    if (rest.empty()) rest = message;
  }
  // Messages of others that a socket takes at once need no room, but nothing is read while there is none.
  upstream.send(unmasked(1, "later"));
  EXPECT_FALSE(client.readable_within(milliseconds(100)));
  auto reading = std::async(std::launch::async, [&] { (void)hog.read_bytes(sent); });
  EXPECT_EQ(client.read_message().payload, "later");
  reading.get();
  EXPECT_THAT(proxy.metrics().closes(), IsEmpty());
}

}  // namespace
}  // namespace lastframe::support
