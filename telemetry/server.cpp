#include "telemetry/server.hpp"

#include <atomic>
#include <csignal>
#include <list>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "telemetry/gather_closes.hpp"
#include "telemetry/listen.hpp"
#include "telemetry/pages.hpp"

namespace lastframe::telemetry {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

using request = http::request<http::string_body>;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

struct connection {
  explicit connection(tcp::socket socket) : stream(std::move(socket)) {}

  beast::tcp_stream stream;
  bool idle = true;
  steady::time_point since = steady::now();  ///< of idleness
};

}  // namespace

class server::impl {
 public:
  impl(const server_options& given, const exporter& exported, const status& state,
       std::vector<ask_worker> workers)
      : options(given),
        context(std::make_shared<asio::io_context>(1)),
        acceptor(listen(*context, given.host, given.port)),
        metrics_(&exported),
        state_(&state),
        gatherer_(context, std::move(workers), given.worker_deadline) {
    const auto local = acceptor.local_endpoint();
    port = local.port();
    loopback_ = local.address().is_loopback();
    show(given.details);
    begin_to_accept();
    thread_ = std::thread{[this] { run(); }};
  }

  ~impl() {
    asio::post(*context, [this] { stop(); });
    thread_.join();
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  const server_options options;
  /// Shared with questions that workers have not answered yet.
  const std::shared_ptr<asio::io_context> context;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  std::atomic<std::uint64_t> scrapes{0};
  std::atomic<steady::rep> last_scrape{0};

  void show(details what) noexcept {
    const bool own = what == details::automatic && loopback_;
    access_ = what == details::always ? details_access::all
              : own                   ? details_access::own_hosts
                                      : details_access::none;
  }

 private:
  /// What escapes a connection's coroutine (memory that cannot be had) ends that connection, not the process.
  static void ends_quietly(std::exception_ptr) {}

  void run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), "telemetry");
    // Where CPUs are short, a message goes before a scrape.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);
    context->run();
  }

  /// Goes on in the same way after an exception (memory that cannot be had).
  void begin_to_accept() {
    asio::co_spawn(*context, accept(), [this](const std::exception_ptr& failure) {
      if (failure && !stopping_) begin_to_accept();
    });
  }

  void stop() {
    stopping_ = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    for (connection& one : connections_) one.stream.close();
    pause_.cancel();
    gatherer_.stop();
  }

  asio::awaitable<void> accept() {
    while (!stopping_) {
      auto [error, socket] = co_await acceptor.async_accept(as_result);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of descriptors, most likely: the connections that hold them end in their own time.
        pause_.expires_after(std::chrono::milliseconds{100});
        if (!stopping_) co_await pause_.async_wait(as_result);
        continue;
      }
      if (!make_room()) continue;
      connections_.emplace_back(std::move(socket));
      asio::co_spawn(*context, serve(std::prev(connections_.end())), ends_quietly);
    }
  }

  /// Closes the connection that has been idle longest if there are too many. False if all are at work.
  bool make_room() {
    if (connections_.size() < options.connections) return true;
    connection* longest = nullptr;
    for (connection& one : connections_) {
      if (one.idle && one.stream.socket().is_open() && (longest == nullptr || one.since < longest->since)) {
        longest = &one;
      }
    }
    if (longest != nullptr) longest->stream.close();
    return longest != nullptr;
  }

  asio::awaitable<void> serve(std::list<connection>::iterator at) {
    struct eraser {
      std::list<connection>& all;
      std::list<connection>::iterator one;
      ~eraser() { all.erase(one); }
    } const ends{connections_, at};
    beast::flat_buffer buffer{64 * 1024};
    while (!stopping_ && co_await serve_one(*at, buffer)) {
    }
    boost::system::error_code ignored;
    at->stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
  }

  /// Reads one request and answers it. Returns whether the connection goes on.
  asio::awaitable<bool> serve_one(connection& peer, beast::flat_buffer& buffer) {
    if (buffer.size() == 0) {
      peer.idle = true;
      peer.since = steady::now();
      peer.stream.expires_after(options.idle_timeout);
      auto [error, n] = co_await peer.stream.async_read_some(buffer.prepare(4096), as_result);
      if (error) co_return false;
      buffer.commit(n);
      peer.idle = false;
    }
    http::request_parser<http::string_body> parser;
    parser.header_limit(16 * 1024);
    parser.body_limit(16 * 1024);
    peer.stream.expires_after(options.io_timeout);
    auto [error, n] = co_await http::async_read(peer.stream, buffer, parser, as_result);
    const bool is_malformed = error.category() == make_error_code(http::error::bad_method).category() &&
                              error != http::error::end_of_stream && error != http::error::partial_message;
    // GCC 12 destroys some temporaries of a co_await expression twice: whatever is passed has a name.
    if (is_malformed) {
      const request unknown{http::verb::get, "", 10};
      page refusal{400, "malformed request\n"};
      co_await send(peer, unknown, std::move(refusal));
      co_return false;
    }
    if (error) co_return false;
    const request asked = parser.release();
    const auto began = steady::now();
    const page_request wanted{view(asked.method_string()), view(asked.target()),
                              view(asked[http::field::host])};
    const page_sources from{metrics_, state_->load(), std::chrono::system_clock::now(),
                            std::chrono::floor<std::chrono::seconds>(began - started_)};
    std::optional<page> given = page_for(wanted, access_, from);
    const bool is_scrape =
        wanted.method == "GET" && wanted.target.starts_with("/metrics") && given && given->status == 200;
    if (!given) given.emplace(co_await closes(wanted.target));
    const bool sent = co_await send(peer, asked, std::move(*given));
    if (sent && is_scrape) {
      last_scrape = began.time_since_epoch().count();
      ++scrapes;
    }
    const bool goes_on = sent && asked.keep_alive();
    co_return goes_on;
  }

  asio::awaitable<bool> send(connection& peer, const request& asked, page given) {
    http::response<http::string_body> response{http::int_to_status(given.status), asked.version()};
    for (const auto& [name, value] : fields_of(given)) {
      response.set(beast::string_view{name.data(), name.size()},
                   beast::string_view{value.data(), value.size()});
    }
    response.keep_alive(asked.keep_alive());
    response.content_length(given.body.size());
    if (asked.method() != http::verb::head) response.body() = std::move(given.body);
    peer.stream.expires_after(options.io_timeout);
    auto [error, n] = co_await http::async_write(peer.stream, response, as_result);
    co_return !error;
  }

  asio::awaitable<page> closes(std::string_view target) {
    auto parsed = parse_closes_query(target, *metrics_->names(), recorder::kept_closes);
    if (auto* const fault = std::get_if<std::string>(&parsed)) {
      page refusal{400, std::move(*fault)};
      co_return refusal;
    }
    const auto query = std::make_shared<const closes_query>(std::get<closes_query>(std::move(parsed)));
    const auto now = std::chrono::system_clock::now();
    std::vector<worker_closes> answers = co_await gatherer_.ask(query, now);
    const auto names = metrics_->names();
    page shown{200, closes_page(std::move(answers), gatherer_.workers(), query->limit, *names, now),
               "application/json"};
    co_return shown;
  }

  const exporter* metrics_;
  const status* state_;
  bool loopback_ = false;
  std::atomic<details_access> access_{details_access::none};
  const steady::time_point started_ = steady::now();
  closes_gatherer gatherer_;
  std::list<connection> connections_;
  asio::steady_timer pause_{*context};
  bool stopping_ = false;
  std::thread thread_;
};

server::server(const server_options& options, const exporter& metrics, const status& state,
               std::vector<ask_worker> workers)
    : impl_(std::make_unique<impl>(options, metrics, state, std::move(workers))) {}

server::~server() = default;

void server::show(details what) noexcept {
  impl_->show(what);
}

std::uint16_t server::port() const noexcept {
  return impl_->port;
}

std::uint64_t server::scrapes() const noexcept {
  return impl_->scrapes;
}

std::chrono::steady_clock::time_point server::last_scrape() const noexcept {
  return steady::time_point{steady::duration{impl_->last_scrape}};
}

}  // namespace lastframe::telemetry
