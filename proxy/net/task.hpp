// The types in which connections are accepted, judged and dialled: coroutines on a worker's thread.
#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lastframe::net {

namespace asio = boost::asio;
using boost::system::error_code;

using executor = asio::io_context::executor_type;
template <class T>
using task = asio::awaitable<T, executor>;
/// As a completion token: the awaited value is a tuple that begins with the error code.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> as_result{};

/// TCP or unix, connected or to be. Like `timer`, for an io_context that somebody runs: not for a worker's,
/// see event_loop.
using socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, executor>;
using time_point = std::chrono::steady_clock::time_point;

}  // namespace lastframe::net
