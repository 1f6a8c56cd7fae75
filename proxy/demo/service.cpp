#include "proxy/demo/service.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proxy/demo/background.hpp"
#include "proxy/demo/frame_stream.hpp"
#include "proxy/http/forward.hpp"
#include "proxy/http/upgrade.hpp"
#include "proxy/protocol/frame.hpp"

namespace lastframe::demo {
namespace {

namespace asio = boost::asio;
namespace opcodes = protocol::opcodes;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
/// How long a connection that will break stays open, so that its client sees it open first.
constexpr auto before_break = std::chrono::milliseconds{100};

awaitable<void> pause(std::chrono::milliseconds how_long) {
  asio::steady_timer timer{co_await asio::this_coro::executor, how_long};
  co_await timer.async_wait(as_result);
}

awaitable<void> echo(frame_stream& stream) {
  frame got;
  for (;;) {
    const auto result = co_await stream.read(got);
    if (result != frame_stream::read_result::frame) break;
    if (got.opcode == opcodes::pong) continue;
    const std::uint8_t answer = got.opcode == opcodes::ping ? opcodes::pong : got.opcode;
    const bool written = co_await stream.write(answer, got.payload, got.fin);
    if (!written || got.is_close()) break;
  }
  co_await stream.finish();
}

awaitable<void> close_with(frame_stream& stream, std::uint16_t code) {
  co_await stream.write(opcodes::text, "goodbye");
  const std::string_view reason = code == 4001 ? "session expired" : "";
  co_await stream.write(opcodes::close, close_payload(code, reason));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  for (frame got; !got.is_close();) {
    const auto result = co_await stream.read(got, deadline);
    if (result != frame_stream::read_result::frame) break;
  }
  co_await stream.finish();
}

awaitable<void> cut(frame_stream& stream) {
  co_await pause(before_break);
  // A text frame of 1,000 bytes, of which ten come.
  co_await stream.write_raw(
      std::string_view{"\x81\x7e\x03\xe8"
                       "ten bytes.",
                       14});
  co_await stream.finish();
}

/// The code that a path asks for: 0 for `/close/none`, none if it does not ask for one that may be sent.
std::optional<std::uint16_t> asked_code(std::string_view path) {
  constexpr std::string_view prefix = "/close/";
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path == "none") return std::uint16_t{0};
  std::uint16_t code = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), code);
  const bool sendable =
      (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
  if (error != std::errc{} || end != path.data() + path.size() || !sendable) return std::nullopt;
  return code;
}

awaitable<void> serve(tcp::socket socket) {
  frame_stream stream{std::move(socket), role::service};
  const auto request = co_await stream.read_head(http::parse_request);
  if (!request) co_return;
  const auto judged = http::judge_upgrade(request->head);
  if (const auto* refused = std::get_if<http::refusal>(&judged)) {
    co_await stream.write_raw(http::plain_answer(refused->status, refused->why));
    co_return co_await stream.finish();
  }
  const auto& offer = std::get<http::upgrade_offer>(judged);
  const auto code = asked_code(offer.path);
  const bool known = code || offer.path == "/echo" || offer.path == "/reset" || offer.path == "/cut";
  if (!known) {
    const bool refuse = offer.path == "/refuse";
    co_await stream.write_raw(
        http::plain_answer(refuse ? 503 : 404, refuse ? "Refused, as asked." : "No such path."));
    co_return co_await stream.finish();
  }
  if (!co_await stream.write_raw(http::own_answer(offer))) co_return;
  if (code) {
    co_await close_with(stream, *code);
  } else if (offer.path == "/echo") {
    co_await echo(stream);
  } else if (offer.path == "/cut") {
    co_await cut(stream);
  } else {
    co_await pause(before_break);
    stream.reset();
  }
}

awaitable<void> accept(tcp::acceptor& acceptor) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(as_result);
    if (error) {
      // Out of descriptors, most likely: they come back.
      co_await pause(before_break);
      continue;
    }
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

struct service::impl {
  background thread;
  tcp::acceptor acceptor{thread.context(), tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
};

service::service() : impl_{std::make_unique<impl>()} {
  asio::co_spawn(impl_->thread.context(), accept(impl_->acceptor), asio::detached);
}

service::~service() {
  // The acceptor goes before the context, and the thread must not use it any more.
  impl_->thread.stop();
}

std::uint16_t service::port() const noexcept {
  boost::system::error_code ignored;
  return impl_->acceptor.local_endpoint(ignored).port();
}

}  // namespace lastframe::demo
