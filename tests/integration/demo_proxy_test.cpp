// `lastframe demo` as a whole: service, proxy and clients in one process, as a newcomer starts it.
#include <chrono>
#include <csignal>
#include <exception>
#include <future>
#include <optional>
#include <regex>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "proxy/demo/clients.hpp"
#include "proxy/demo/demo.hpp"

namespace lastframe::demo {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds patience{30};

std::uint16_t free_port() {
  asio::io_context context;
  return tcp::acceptor{context, {asio::ip::address_v4::loopback(), 0}}.local_endpoint().port();
}

/// The demo, from when it accepts until it has ended by SIGTERM.
class demo_proxy : public testing::Test {
 protected:
  void SetUp() override {
    exit_code_ = std::async(std::launch::async, [this] { return run({proxy_, telemetry_, true}); });
    const auto give_up = steady_clock::now() + patience;
    while (metrics().empty()) {
      ASSERT_LT(steady_clock::now(), give_up) << "the demo did not start";
      ASSERT_EQ(exit_code_.wait_for(milliseconds{20}), std::future_status::timeout)
          << "the demo ended at once";
    }
  }

  void TearDown() override {
    if (exit_code_.wait_for(milliseconds{0}) == std::future_status::timeout) ::kill(::getpid(), SIGTERM);
    ASSERT_EQ(exit_code_.wait_for(patience), std::future_status::ready) << "the demo did not end";
    EXPECT_EQ(exit_code_.get(), 0);
  }

  visit_outcome see(visit_plan plan) {
    asio::io_context context{1};
    std::optional<visit_outcome> seen;
    asio::co_spawn(context, visit({asio::ip::address_v4::loopback(), proxy_}, std::move(plan)),
                   [&](const std::exception_ptr& failure, visit_outcome outcome) {
                     if (!failure) seen = std::move(outcome);
                   });
    context.run_for(patience);
    EXPECT_TRUE(seen.has_value()) << "the visit did not end in time";
    return seen.value_or(visit_outcome{});
  }

  visit_outcome see(std::string path) { return see({std::move(path), milliseconds{20'000}}); }

  /// What /metrics says; empty while nobody answers.
  [[nodiscard]] std::string metrics() const {
    asio::io_context context{1};
    tcp::socket socket{context};
    boost::system::error_code error;
    socket.connect({asio::ip::address_v4::loopback(), telemetry_}, error);
    if (error) return {};
    asio::write(socket,
                asio::buffer(std::string{"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}),
                error);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
  }

  /// The sum over all routes of what was counted for the clients' legs with that code.
  [[nodiscard]] double counted(const std::string& code) const {
    const std::string text = metrics();
    const std::regex line{"lastframe_closes_total\\{([^}]*)\\} ([0-9.e+]+)"};
    double sum = 0;
    for (std::sregex_iterator at{text.begin(), text.end(), line}, end; at != end; ++at) {
      const std::string labels = (*at)[1];
      if (labels.find("leg=\"client\"") == std::string::npos) continue;
      if (labels.find("code=\"" + code + "\"") == std::string::npos) continue;
      sum += std::stod((*at)[2]);
    }
    return sum;
  }

  bool is_counted_in_time(const std::string& code, double at_least) const {
    const auto give_up = steady_clock::now() + patience;
    while (counted(code) < at_least) {
      if (steady_clock::now() >= give_up) return false;
      std::this_thread::sleep_for(milliseconds{20});
    }
    return true;
  }

 private:
  std::uint16_t proxy_ = free_port();
  std::uint16_t telemetry_ = free_port();
  std::future<int> exit_code_;
};

TEST_F(demo_proxy, shows_each_kind_of_ending_as_its_paths_promise) {
  const visit_outcome echoed = see({"/echo", milliseconds{100}, milliseconds{5}});
  EXPECT_EQ(echoed.code, 1000);
  EXPECT_GE(echoed.messages, 2U);
  for (const int code : {1000, 1001, 1011}) EXPECT_EQ(see("/close/" + std::to_string(code)).code, code);
  EXPECT_EQ(see("/close/none").code, 1005);
  const visit_outcome expired = see("/close/4001");
  EXPECT_EQ(expired.code, 4001);
  EXPECT_EQ(expired.reason, "session expired");
  for (const char* path : {"/reset", "/cut", "/refuse", "/dead"}) {
    const visit_outcome failed = see(path);
    EXPECT_EQ(failed.status, 101U) << path;
    EXPECT_EQ(failed.code, 1014) << path;
  }
  EXPECT_EQ(see("/nowhere").status, 404U);
}

TEST_F(demo_proxy, moves_its_numbers_by_itself) {
  for (const char* code : {"1000", "1001", "1011", "1014", "4001", "1005", "1006"})
    EXPECT_TRUE(is_counted_in_time(code, 1)) << code;
}

}  // namespace
}  // namespace lastframe::demo
