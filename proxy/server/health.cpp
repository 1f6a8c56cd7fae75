#include "proxy/server/health.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lastframe::server {
namespace {

using clock = std::chrono::steady_clock;

class descriptor {
 public:
  explicit descriptor(int number) : number_{number} {}
  ~descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

std::string text_of(int error) {
  return std::generic_category().message(error);
}

// 0, or the error; ETIMEDOUT after the deadline.
int wait_for(int socket, short events, clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    pollfd what{socket, events, 0};
    const int ready = ::poll(&what, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready > 0) {
      return 0;
    }
    if (ready == 0) {
      return ETIMEDOUT;
    }
    if (errno != EINTR) {
      return errno;
    }
  }
}

int connect_within(int socket, const addrinfo& to, clock::time_point until) {
  if (::connect(socket, to.ai_addr, to.ai_addrlen) == 0) {
    return 0;
  }
  if (errno != EINPROGRESS) {
    return errno;
  }
  if (const int error = wait_for(socket, POLLOUT, until); error != 0) {
    return error;
  }
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int send_all(int socket, std::string_view data, clock::time_point until) {
  while (!data.empty()) {
    const ssize_t sent = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      data.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    const int error = errno == EAGAIN || errno == EINTR ? wait_for(socket, POLLOUT, until) : errno;
    if (error != 0) {
      return error;
    }
  }
  return 0;
}

// Reads up to the end of the answer's first line, or as much of it as there is.
int read_line(int socket, std::string& line, clock::time_point until) {
  std::array<char, 512> piece{};
  while (line.find('\n') == std::string::npos && line.size() < 4096) {
    const ssize_t got = ::recv(socket, piece.data(), piece.size(), 0);
    if (got == 0) {
      break;
    }
    if (got > 0) {
      line.append(piece.data(), static_cast<std::size_t>(got));
      continue;
    }
    const int error = errno == EAGAIN || errno == EINTR ? wait_for(socket, POLLIN, until) : errno;
    if (error != 0) {
      return error;
    }
  }
  line.resize(std::min(line.find_first_of("\r\n"), line.size()));
  return 0;
}

health_answer judge(const std::string& status_line) {
  const std::string_view line = status_line;
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ' ||
      (line.size() > 12 && line[12] != ' ')) {
    return {false, "no HTTP answer"};
  }
  if (line.substr(9, 3) == "200") {
    return {true, "ready"};
  }
  return {false, "not ready: status " + std::string{line.substr(9, 3)}};
}

health_answer ask(const addrinfo& to, const std::string& request, clock::time_point until) {
  const descriptor socket{
      ::socket(to.ai_family, to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to.ai_protocol)};
  if (socket.get() < 0) {
    return {false, text_of(errno)};
  }
  std::string line;
  int error = connect_within(socket.get(), to, until);
  if (error == 0) {
    error = send_all(socket.get(), request, until);
  }
  if (error == 0) {
    error = read_line(socket.get(), line, until);
  }
  return error == 0 ? judge(line) : health_answer{false, text_of(error)};
}

std::string reachable(const std::string& host) {
  return host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
}

}  // namespace

health_answer ask_health(const config::host_port& where, std::chrono::milliseconds deadline) {
  const clock::time_point until = clock::now() + deadline;
  const std::string host = reachable(where.host);
  const std::string port = std::to_string(where.port);
  const std::string shown = (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list); error != 0) {
    return {false, shown + ": " + ::gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned{list, &::freeaddrinfo};

  const std::string request = "GET /readyz HTTP/1.1\r\nHost: " + shown + "\r\nConnection: close\r\n\r\n";
  health_answer answer;
  for (const addrinfo* each = list; each != nullptr && !answer.ready; each = each->ai_next) {
    answer = ask(*each, request, until);
  }
  answer.text = shown + ": " + answer.text;
  return answer;
}

}  // namespace lastframe::server
