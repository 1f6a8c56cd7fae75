// A blocking HTTP client over loopback that shows bytes as they are; every wait ends after ten seconds.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace lastframe::telemetry {

struct http_answer {
  int status = 0;  ///< 0: none came
  std::string head;
  std::string body;
};

class http_client {
 public:
  explicit http_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      throw std::runtime_error("connect");
    }
  }
  ~http_client() { ::close(socket_); }
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  void send(std::string_view bytes) { (void)!::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  /// Sends a request without a body and reads its answer.
  http_answer ask(const std::string& target, const std::string& method = "GET",
                  const std::string& fields = "Host: localhost\r\n") {
    send(method + " " + target + " HTTP/1.1\r\n" + fields + "\r\n");
    return read_answer(method != "HEAD");
  }

  http_answer read_answer(bool has_body = true) {
    http_answer answer;
    std::size_t end = 0;
    while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some()) return answer;
    }
    answer.head = read_.substr(0, end + 2);
    read_.erase(0, end + 4);
    answer.status = std::atoi(answer.head.c_str() + 9);
    const auto at = answer.head.find("Content-Length: ");
    const std::size_t size =
        has_body && at != std::string::npos ? std::stoul(answer.head.substr(at + 16)) : 0;
    while (read_.size() < size && read_some()) {
    }
    answer.body = read_.substr(0, size);
    read_.erase(0, size);
    return answer;
  }

  /// Whether the server ends the connection, all bytes before that thrown away.
  bool reads_end() {
    while (read_some()) {
    }
    return ended_;
  }

 private:
  bool read_some() {
    char piece[16'384];
    const ssize_t n = ::recv(socket_, piece, sizeof piece, 0);
    ended_ = n == 0 || (n < 0 && errno == ECONNRESET);
    if (n <= 0) return false;
    read_.append(piece, static_cast<std::size_t>(n));
    return true;
  }

  int socket_;
  bool ended_ = false;
  std::string read_;
};

}  // namespace lastframe::telemetry
