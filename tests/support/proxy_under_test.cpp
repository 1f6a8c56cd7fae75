#include "tests/support/proxy_under_test.hpp"

#include <atomic>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "proxy/server/proxy.hpp"

namespace lastframe::support {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

config::address parse_address(const std::string& text) {
  if (text.starts_with("unix:")) return {text, config::unix_path{text.substr(5)}};
  const auto colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return {text, config::host_port{host, static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))}};
}

config::settings settings_for(const std::vector<std::string>& endpoints) {
  config::settings out;
  out.listeners = {{parse_address("127.0.0.1:0"), {}}};
  config::route& route = out.routes.emplace_back();
  route.name = "r";
  for (const std::string& each : endpoints) route.upstream.endpoints.push_back(parse_address(each));
  out.limits.connections = 1'000;
  out.telemetry.where = {"127.0.0.1", 0};
  out.log.level = config::log_level::error;
  out.log.access = config::access_log::off;
  out.workers = 2;
  return out;
}

struct proxy_under_test::draining {
  steady_clock::time_point begun = steady_clock::now();
  steady_clock::time_point ended;
  std::exception_ptr fault;
  std::atomic<bool> done{false};
  std::thread thread;
};

proxy_under_test::proxy_under_test(config::settings settings)
    : proxy_(std::make_unique<server::proxy>(std::make_shared<const config::settings>(std::move(settings)))) {
}

proxy_under_test::~proxy_under_test() {
  if (!draining_ || !draining_->thread.joinable()) return;
  try {
    (void)end_drain();
  } catch (const std::exception&) {
    // A test that cared for the drain has asked for its end itself.
    if (draining_->thread.joinable()) draining_->thread.join();
  }
}

const std::string& proxy_under_test::address(std::size_t listener) const {
  return proxy_->addresses().at(listener);
}

std::string proxy_under_test::page(std::string_view path, int* status) const {
  raw_peer asking = connect_tcp("127.0.0.1", proxy_->telemetry_port());
  asking.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string head = asking.read_head();
  if (status != nullptr) *status = std::stoi(head.substr(9, 3));
  return asking.read_to_end();
}

scrape proxy_under_test::metrics() const {
  return scrape(page("/metrics"));
}

scrape proxy_under_test::await(const std::function<bool(const scrape&)>& enough) const {
  const auto until = steady_clock::now() + patience;
  for (;;) {
    scrape found = metrics();
    if (enough(found)) return found;
    if (steady_clock::now() > until) throw std::runtime_error("what was awaited on /metrics did not come");
    std::this_thread::sleep_for(milliseconds(2));  // a condition is polled, not a time waited for
  }
}

scrape proxy_under_test::await(const std::string& name, const labels& some, double value) const {
  double last = 0;
  try {
    return await([&](const scrape& found) { return (last = found.sum(name, some)) == value; });
  } catch (const std::runtime_error&) {
    throw std::runtime_error(name + " is " + std::to_string(last) + ", not " + std::to_string(value));
  }
}

std::vector<std::string> proxy_under_test::closes(std::size_t n) const {
  std::vector<std::string> last;
  try {
    (void)await([&](const scrape& found) { return (last = found.closes()).size() >= n; });
  } catch (const std::runtime_error&) {
    last.emplace_back("(no more came)");
  }
  return last;
}

bool proxy_under_test::reload(config::load_result read) {
  return proxy_->reload(read);
}

bool proxy_under_test::reload(config::settings settings) {
  return reload({std::make_shared<const config::settings>(std::move(settings)), {}});
}

void proxy_under_test::begin_drain() {
  draining_ = std::make_unique<draining>();
  draining_->thread = std::thread([this] {
    net::asio::io_context io(1);
    net::asio::co_spawn(io.get_executor(), proxy_->drain(), [this](const std::exception_ptr& fault) {
      draining_->fault = fault;
      draining_->ended = steady_clock::now();
      draining_->done = true;
    });
    io.run();
  });
}

milliseconds proxy_under_test::end_drain() {
  // One that was scraped waits for one scrape more.
  while (!draining_->done) {
    (void)metrics();
    std::this_thread::sleep_for(milliseconds(2));
  }
  draining_->thread.join();
  if (draining_->fault) std::rethrow_exception(draining_->fault);
  return std::chrono::duration_cast<milliseconds>(draining_->ended - draining_->begun);
}

bool proxy_under_test::drained() const noexcept {
  return draining_ && draining_->done;
}

tunnel_ends open_tunnel(const proxy_under_test& proxy, raw_service& service, const opening& how) {
  raw_peer client = ask_upgrade(proxy.address(), how.path, how.request_fields);
  raw_peer upstream = service.accept_upgrade(how.answer_fields);
  const std::string head = client.read_head();
  if (!head.starts_with("HTTP/1.1 101 ")) throw std::runtime_error("no 101 but: " + head);
  return {std::move(client), std::move(upstream)};
}

}  // namespace lastframe::support
