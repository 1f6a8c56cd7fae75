#include "proxy/demo/clients.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proxy/demo/background.hpp"
#include "proxy/demo/frame_stream.hpp"
#include "proxy/http/upgrade.hpp"
#include "proxy/protocol/frame.hpp"

namespace lastframe::demo {
namespace {

namespace asio = boost::asio;
namespace opcodes = protocol::opcodes;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds between_clients{300};

/// One turn: half of the clients talk for a while and leave in different ways, the others meet each kind of
/// ending.
const std::array<visit_plan, 16>& plans() {
  static const std::array<visit_plan, 16> all{{
      {"/echo", milliseconds{6'000}},
      {"/close/1000"},
      {"/echo", milliseconds{4'000}},
      {"/close/4001"},
      {"/echo", milliseconds{8'000}, milliseconds{3'000}},
      {"/refuse"},
      {"/echo", milliseconds{3'000}, milliseconds{500}, 1001},
      {"/close/1001"},
      {"/cut"},
      {"/echo", milliseconds{5'000}, milliseconds{250}},
      {"/close/1011"},
      {"/echo", milliseconds{2'000}, milliseconds{500}, 0},
      {"/close/none"},
      {"/dead"},
      {"/echo", milliseconds{7'000}, milliseconds{1'000}},
      {"/reset"},
  }};
  return all;
}

/// 16 random bytes in base64 (RFC 6455 §4.1): the last digit has only two bits of them.
std::string random_key() {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::random_device source;
  std::string key(21, 'A');
  std::generate(key.begin(), key.end(), [&] { return digits[source() % digits.size()]; });
  return key.append(1, digits[(source() % 4) * 16]).append("==");
}

/// Upgrades the connection. The status of the answer; 101 only if it was right.
awaitable<unsigned> upgrade(frame_stream& stream, std::string_view path, std::uint16_t port) {
  const std::string key = random_key();
  std::string request{"GET "};
  request.append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1:").append(std::to_string(port));
  request.append(
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
  request.append(key).append("\r\n\r\n");
  if (!co_await stream.write_raw(request)) co_return 0;
  const auto answer = co_await stream.read_head(http::parse_response);
  if (!answer) co_return 0;
  const unsigned status = answer->head.status;
  http::upgrade_offer offer;
  offer.key = key;
  co_return status == 101 && !http::check_upgrade_answer(offer, answer->head) ? 0 : status;
}

/// Talks until either side closes; `left` tells when it is this one's turn.
awaitable<void> converse(frame_stream& stream, const visit_plan& plan, visit_outcome& seen) {
  const auto leave = steady_clock::now() + plan.stay;
  // How long to wait for the answer to a Close.
  const auto give_up = leave + std::chrono::seconds{10};
  auto speak = steady_clock::now();
  bool closing = false;
  for (frame got;;) {
    const auto now = steady_clock::now();
    if (!closing && now >= leave) {
      if (plan.leave_with == 0) co_return stream.reset();
      closing = co_await stream.write(opcodes::close, close_payload(plan.leave_with));
      if (!closing) co_return;
    }
    if (!closing && now >= speak) {
      co_await stream.write(opcodes::text, "hello from a built-in client");
      speak = now + plan.talk;
    }
    const auto result = co_await stream.read(got, closing ? give_up : std::min(speak, leave));
    if (result == frame_stream::read_result::ended ||
        (closing && result == frame_stream::read_result::expired))
      co_return;
    if (result == frame_stream::read_result::expired) continue;
    if (got.is_close()) {
      seen.code = got.close_code();
      seen.reason = got.close_reason();
      if (!closing) co_await stream.write(opcodes::close, got.payload.substr(0, 2));
      co_return co_await stream.finish();
    }
    if (got.opcode == opcodes::ping) co_await stream.write(opcodes::pong, got.payload);
    if (got.opcode <= opcodes::binary && got.fin) ++seen.messages;
  }
}

awaitable<void> come_and_go(tcp::endpoint where) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer{executor};
  for (std::size_t turn = 0;; ++turn) {
    asio::co_spawn(executor, visit(where, plans()[turn % plans().size()]), asio::detached);
    timer.expires_after(between_clients);
    co_await timer.async_wait(as_result);
  }
}

}  // namespace

awaitable<visit_outcome> visit(tcp::endpoint where, visit_plan plan) {
  visit_outcome seen;
  tcp::socket socket{co_await asio::this_coro::executor};
  const auto [error] = co_await socket.async_connect(where, as_result);
  if (error) co_return seen;
  frame_stream stream{std::move(socket), role::client};
  seen.status = co_await upgrade(stream, plan.path, where.port());
  if (seen.status == 101) co_await converse(stream, plan, seen);
  co_return seen;
}

struct clients::impl {
  background thread;
};

clients::clients(tcp::endpoint where) : impl_{std::make_unique<impl>()} {
  asio::co_spawn(impl_->thread.context(), come_and_go(where), asio::detached);
}

clients::~clients() = default;

}  // namespace lastframe::demo
