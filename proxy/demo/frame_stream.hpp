// WebSocket over one TCP socket, as much of it as the demo's service and clients need.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace lastframe::demo {

template <class T>
using awaitable = boost::asio::awaitable<T>;
using tcp = boost::asio::ip::tcp;
using time_point = std::chrono::steady_clock::time_point;

/// One frame as it was received, unmasked.
struct frame {
  std::uint8_t opcode = 0;
  bool fin = true;
  std::string payload;

  [[nodiscard]] bool is_close() const noexcept;
  /// The code of a Close frame; 1005 if it has none.
  [[nodiscard]] std::uint16_t close_code() const noexcept;
  /// The reason of a Close frame.
  [[nodiscard]] std::string_view close_reason() const noexcept;
};

/// What a Close frame carries. A code of 0: nothing at all.
[[nodiscard]] std::string close_payload(std::uint16_t code, std::string_view reason = {});

enum class role { client, service };

/// One endpoint of a connection: first its head, then frames. For one coroutine at a time, on the socket's
/// executor; must outlive what it was asked for. Errors end the connection and are all the same to the demo:
/// there is nothing more.
class frame_stream {
 public:
  static constexpr std::size_t max_head = 16 << 10;
  static constexpr std::uint64_t max_payload = 16 << 20;

  enum class read_result { frame, expired, ended };

  frame_stream(tcp::socket socket, role side);

  /// Reads until `parse(bytes)` yields a head, and takes it from the input. An empty optional: there is none.
  /// `parse` is http::parse_request or http::parse_response.
  template <class Parse>
  auto read_head(Parse parse) -> awaitable<typename decltype(parse({}, 0))::value_type>;

  /// Reads the next frame into `out`, whole. `expired` when `deadline` passes before it is there; nothing is
  /// lost then.
  [[nodiscard]] awaitable<read_result> read(frame& out, time_point deadline = time_point::max());

  /// Sends one frame, masked if this is a client's end. False: the connection is gone.
  awaitable<bool> write(std::uint8_t opcode, std::string_view payload, bool fin = true);
  /// Sends bytes as they are.
  awaitable<bool> write_raw(std::string_view bytes);

  /// Ends in peace: FIN, then reads on until the peer's FIN or for a second.
  awaitable<void> finish();
  /// Ends with a RST.
  void reset();

 private:
  /// Takes a whole frame from the input, if one is there. False: not yet.
  bool take(frame& out);
  awaitable<bool> fill(time_point deadline);
  awaitable<bool> readable(time_point deadline);

  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  role side_;
  bool broken_ = false;
  std::string input_;
};

template <class Parse>
auto frame_stream::read_head(Parse parse) -> awaitable<typename decltype(parse({}, 0))::value_type> {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  for (;;) {
    auto parsed = parse(input_, max_head);
    if (!parsed) co_return std::nullopt;
    if (*parsed) {
      input_.erase(0, (*parsed)->size);
      co_return *std::move(parsed);
    }
    if (!co_await fill(deadline)) co_return std::nullopt;
  }
}

}  // namespace lastframe::demo
