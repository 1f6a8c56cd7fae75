// The demo's service and clients, face to face: what the demo promises to show must happen even without a
// proxy.
#include <chrono>
#include <exception>
#include <optional>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "proxy/demo/clients.hpp"
#include "proxy/demo/service.hpp"

namespace lastframe::demo {
namespace {

using std::chrono::milliseconds;

class demo_service : public testing::Test {
 protected:
  /// What a client sees at that path.
  visit_outcome see(visit_plan plan) {
    const boost::asio::ip::tcp::endpoint where{boost::asio::ip::address_v4::loopback(), service_.port()};
    boost::asio::io_context context{1};
    std::optional<visit_outcome> seen;
    boost::asio::co_spawn(context, visit(where, std::move(plan)),
                          [&](const std::exception_ptr& failure, visit_outcome outcome) {
                            if (!failure) seen = std::move(outcome);
                          });
    context.run_for(std::chrono::seconds{30});
    EXPECT_TRUE(seen.has_value()) << "the visit did not end in time";
    return seen.value_or(visit_outcome{});
  }

  visit_outcome see(std::string path) { return see({std::move(path), milliseconds{20'000}}); }

 private:
  service service_;
};

TEST_F(demo_service, sends_back_every_message_and_answers_the_close) {
  const visit_outcome seen = see({"/echo", milliseconds{100}, milliseconds{5}, 1001});
  EXPECT_EQ(seen.status, 101U);
  EXPECT_EQ(seen.code, 1001);
  EXPECT_GE(seen.messages, 2U);
}

TEST_F(demo_service, closes_with_the_code_that_the_path_names) {
  for (const int code : {1000, 1001, 1011, 3000, 4999}) {
    const visit_outcome seen = see("/close/" + std::to_string(code));
    EXPECT_EQ(seen.status, 101U);
    EXPECT_EQ(seen.code, code);
    EXPECT_EQ(seen.reason, "");
  }
}

TEST_F(demo_service, gives_its_own_code_a_reason) {
  const visit_outcome seen = see("/close/4001");
  EXPECT_EQ(seen.code, 4001);
  EXPECT_EQ(seen.reason, "session expired");
}

TEST_F(demo_service, closes_without_a_status) {
  EXPECT_EQ(see("/close/none").code, 1005);
}

TEST_F(demo_service, ends_by_reset_and_in_mid_message_without_a_close) {
  for (const char* path : {"/reset", "/cut"}) {
    const visit_outcome seen = see(path);
    EXPECT_EQ(seen.status, 101U) << path;
    EXPECT_EQ(seen.code, 1006) << path;
    EXPECT_EQ(seen.messages, 0U) << path;
  }
}

TEST_F(demo_service, refuses_upgrades) {
  EXPECT_EQ(see("/refuse").status, 503U);
  for (const char* path : {"/", "/nowhere", "/echoes", "/close/", "/close/999", "/close/1006", "/close/1000x",
                           "/close/5000", "/close/99999999999"})
    EXPECT_EQ(see(path).status, 404U) << path;
}

TEST_F(demo_service, outlives_a_client_that_drops_its_connection) {
  EXPECT_EQ(see({"/echo", milliseconds{20}, milliseconds{5}, 0}).code, 1006);
  EXPECT_EQ(see("/close/1000").code, 1000);
}

TEST(demo_clients, come_to_a_service_and_end_with_their_owner) {
  // A listener that accepts one connection: the first client comes at once.
  boost::asio::io_context context{1};
  boost::asio::ip::tcp::acceptor acceptor{context, {boost::asio::ip::address_v4::loopback(), 0}};
  bool came = false;
  acceptor.async_accept(
      [&](boost::system::error_code error, const boost::asio::ip::tcp::socket&) { came = !error; });
  {
    const clients visitors{acceptor.local_endpoint()};
    context.run_for(std::chrono::seconds{30});
  }
  EXPECT_TRUE(came);
}

}  // namespace
}  // namespace lastframe::demo
