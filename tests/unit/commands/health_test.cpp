#include "proxy/server/health.hpp"

#include <array>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lastframe::server {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// Listens on a free port of loopback; answers one connection as told, if at all, once a whole request came.
class scripted_peer {
 public:
  scripted_peer() {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* const generic = reinterpret_cast<sockaddr*>(&where);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    port_ = ntohs(where.sin_port);
  }
  ~scripted_peer() {
    if (thread_.joinable()) {
      thread_.join();
    }
    ::close(listener_);
  }
  scripted_peer(const scripted_peer&) = delete;
  scripted_peer& operator=(const scripted_peer&) = delete;

  void answer(std::string text) {
    thread_ = std::thread{[this, text = std::move(text)] {
      const int connection = ::accept(listener_, nullptr, nullptr);
      std::array<char, 256> piece{};
      while (request_.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(connection, piece.data(), piece.size(), 0);
        if (got <= 0) {
          break;
        }
        request_.append(piece.data(), static_cast<std::size_t>(got));
      }
      // One byte at a time: an answer's first line may come in any pieces.
      for (const char c : text) {
        if (::send(connection, &c, 1, MSG_NOSIGNAL) != 1) {
          break;
        }
      }
      ::close(connection);
    }};
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  std::string request() {
    thread_.join();
    return request_;
  }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::string request_;
};

health_answer ask_for(const std::string& answer, const std::string& host = "127.0.0.1") {
  scripted_peer peer;
  peer.answer(answer);
  return ask_health({host, peer.port()});
}

TEST(health, is_ready_on_200) {
  EXPECT_TRUE(ask_for("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n").ready);
}

TEST(health, is_not_ready_on_any_other_status) {
  const health_answer draining = ask_for("HTTP/1.1 503 Service Unavailable\r\n\r\n");
  EXPECT_FALSE(draining.ready);
  EXPECT_THAT(draining.text, HasSubstr("status 503"));
  EXPECT_FALSE(ask_for("HTTP/1.1 404 Not Found\r\n\r\n").ready);
  EXPECT_FALSE(ask_for("HTTP/1.1 2000 OK\r\n\r\n").ready);
}

TEST(health, is_not_ready_without_an_http_answer) {
  EXPECT_THAT(ask_for("").text, HasSubstr("no HTTP answer"));
  EXPECT_THAT(ask_for("hello\r\n").text, HasSubstr("no HTTP answer"));
  EXPECT_THAT(ask_for(std::string(10'000, 'x')).text, HasSubstr("no HTTP answer"));
}

TEST(health, asks_for_readyz) {
  scripted_peer peer;
  peer.answer("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_TRUE(ask_health({"127.0.0.1", peer.port()}).ready);
  const std::string host = "Host: 127.0.0.1:" + std::to_string(peer.port());
  EXPECT_EQ(peer.request(), "GET /readyz HTTP/1.1\r\n" + host + "\r\nConnection: close\r\n\r\n");
}

TEST(health, asks_on_loopback_where_the_proxy_listens_everywhere) {
  const health_answer answer = ask_for("HTTP/1.1 200 OK\r\n\r\n", "0.0.0.0");
  EXPECT_TRUE(answer.ready);
  EXPECT_THAT(answer.text, testing::StartsWith("127.0.0.1:"));
}

TEST(health, is_not_ready_where_nobody_listens) {
  std::uint16_t port = 0;
  {
    const scripted_peer gone;
    port = gone.port();
  }
  const health_answer answer = ask_health({"127.0.0.1", port});
  EXPECT_FALSE(answer.ready);
  EXPECT_THAT(answer.text, HasSubstr("Connection refused"));
}

TEST(health, gives_up_on_a_peer_that_does_not_answer) {
  const scripted_peer silent;  // the kernel accepts, no one reads
  const health_answer answer = ask_health({"127.0.0.1", silent.port()}, 50ms);
  EXPECT_FALSE(answer.ready);
  EXPECT_THAT(answer.text, HasSubstr("timed out"));
}

}  // namespace
}  // namespace lastframe::server
