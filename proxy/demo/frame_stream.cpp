#include "proxy/demo/frame_stream.hpp"

#include <array>
#include <memory>
#include <random>
#include <span>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "proxy/protocol/frame.hpp"

namespace lastframe::demo {
namespace {

namespace asio = boost::asio;
namespace opcodes = protocol::opcodes;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

protocol::masking_key random_key() {
  static thread_local std::random_device source;
  const auto bits = source();
  protocol::masking_key key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>((bits >> (8 * i)) & 0xFF);
  return key;
}

}  // namespace

bool frame::is_close() const noexcept {
  return opcode == opcodes::close;
}

std::uint16_t frame::close_code() const noexcept {
  if (payload.size() < 2) return 1005;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                    static_cast<unsigned char>(payload[1]));
}

std::string_view frame::close_reason() const noexcept {
  return payload.size() < 2 ? std::string_view{} : std::string_view{payload}.substr(2);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  if (code == 0) return {};
  std::string out{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return out.append(reason);
}

frame_stream::frame_stream(tcp::socket socket, role side)
    : socket_{std::move(socket)}, timer_{socket_.get_executor()}, side_{side} {
  error_code ignored;
  socket_.set_option(tcp::no_delay{true}, ignored);
}

// One co_await a statement, and none in a loop's condition: GCC 12 has resumed such loops at the wrong place.
awaitable<frame_stream::read_result> frame_stream::read(frame& out, time_point deadline) {
  for (;;) {
    if (take(out)) co_return read_result::frame;
    if (broken_) co_return read_result::ended;
    const bool more = co_await fill(deadline);
    if (!more) co_return broken_ ? read_result::ended : read_result::expired;
  }
}

bool frame_stream::take(frame& out) {
  protocol::frame_header header;
  const auto status = protocol::decode_header(std::as_bytes(std::span{input_}), header);
  if (status == protocol::decode_status::incomplete) return false;
  if (status != protocol::decode_status::complete || header.length > max_payload) {
    broken_ = true;
    return false;
  }
  const auto length = static_cast<std::size_t>(header.length);
  if (input_.size() < header.size() + length) return false;
  out.opcode = header.opcode;
  out.fin = header.fin;
  out.payload = input_.substr(header.size(), length);
  if (header.masked) protocol::apply_mask(std::as_writable_bytes(std::span{out.payload}), header.mask);
  input_.erase(0, header.size() + length);
  return true;
}

awaitable<bool> frame_stream::fill(time_point deadline) {
  if (!co_await readable(deadline)) co_return false;
  std::array<char, 16 << 10> piece;
  const auto [error, n] = co_await socket_.async_read_some(asio::buffer(piece), as_result);
  if (error) broken_ = true;
  input_.append(piece.data(), n);
  co_return !broken_;
}

awaitable<bool> frame_stream::readable(time_point deadline) {
  if (deadline == time_point::max()) co_return true;
  if (std::chrono::steady_clock::now() >= deadline) co_return false;
  // A handler that is already queued when the wait ends must not touch what comes after, or a stream that is
  // gone.
  const auto waiting = std::make_shared<bool>(true);
  timer_.expires_at(deadline);
  timer_.async_wait([this, waiting](error_code error) {
    if (!error && *waiting) socket_.cancel(error);
  });
  const auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, as_result);
  *waiting = false;
  timer_.cancel();
  if (error && error != asio::error::operation_aborted) broken_ = true;
  co_return !error;
}

awaitable<bool> frame_stream::write(std::uint8_t opcode, std::string_view payload, bool fin) {
  protocol::frame_header header;
  header.opcode = opcode;
  header.fin = fin;
  header.length = payload.size();
  header.masked = side_ == role::client;
  if (header.masked) header.mask = random_key();
  std::string bytes(header.size(), '\0');
  protocol::encode_header(header, std::as_writable_bytes(std::span{bytes}).data());
  bytes += payload;
  if (header.masked)
    protocol::apply_mask(std::as_writable_bytes(std::span{bytes}.subspan(header.size())), header.mask);
  co_return co_await write_raw(bytes);
}

awaitable<bool> frame_stream::write_raw(std::string_view bytes) {
  const auto [error, n] = co_await asio::async_write(socket_, asio::buffer(bytes), as_result);
  co_return !error;
}

awaitable<void> frame_stream::finish() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{1};
  for (bool more = true; more; input_.clear()) more = co_await fill(deadline);
  socket_.close(ignored);
}

void frame_stream::reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
  socket_.close(ignored);
}

}  // namespace lastframe::demo
