// Both ends of a TLS connection, for tests that drive them in turn.
#pragma once

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "proxy/net/stream.hpp"
#include "proxy/net/tls_context.hpp"
#include "tests/support/certificates.hpp"

namespace lastframe::net {

using test::authority;
using test::certificate_files;

inline tls_identity as_identity(const certificate_files& files) {
  return {files.certificate, files.key};
}

inline tls_server_settings settings_of(const certificate_files& files) {
  return {"a.yaml:1:1: listeners[0].tls", as_identity(files), {}, tls_version::v1_2};
}

inline tls_server make_server(const tls_server_settings& settings) {
  return tls_server({settings}, std::make_shared<ticket_keys>());
}

inline tls_client_settings trusting(const authority& ca) {
  return {"a.yaml:2:2: routes[0].upstream.tls", ca.file(), {}, {}, false};
}

/// Two sessions over the two ends of a socket, driven in turn.
struct pair {
  pair(const tls_server& server, const tls_client& client, const std::string& host) {
    std::array<int, 2> ends{};
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data());
    near = stream(ends[0]);
    far = stream(ends[1]);
    near.use(server.accept(near.descriptor()));
    far.use(client.connect(far.descriptor(), host));
    shake_hands();
  }

  void shake_hands() {
    using progress = tls_session::progress;
    progress here = progress::wants_read;
    progress there = progress::wants_read;
    while (here != progress::failed && there != progress::failed &&
           (here != progress::done || there != progress::done)) {
      if (there != progress::done) there = far.tls().handshake();
      if (there == progress::failed) note(far);
      if (here != progress::done) here = near.tls().handshake();
      if (here == progress::failed) note(near);
    }
    done = here == progress::done && there == progress::done;
  }

  // The first to fail tells the other by an alert.
  void note(const stream& failed) {
    if (why.empty()) why = failed.tls().why_failed();
  }

  stream near;
  stream far;
  bool done = false;
  std::string why;
};

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// What is there, up to a record, or the status in words.
inline std::string read(stream& from) {
  std::string text(tls_session::record_size, '\0');
  const io_result found = from.read(std::as_writable_bytes(std::span(text)));
  if (found.status == io_status::would_block) return "(would block)";
  if (found.status == io_status::end) return "(end)";
  if (found.status == io_status::reset) return "(reset)";
  text.resize(found.size);
  return text;
}

struct tls : testing::Test {
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  authority ca;
  certificate_files files = ca.issue("server", {"chat.example.com", "127.0.0.1"});
  tls_server server = make_server(settings_of(files));
  tls_client client{trusting(ca)};
};

}  // namespace lastframe::net
