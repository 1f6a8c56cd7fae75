// Anything in place of TLS, towards a server over a real socket: before the handshake is done, or records
// behind one.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <sys/socket.h>

#include "proxy/net/stream.hpp"
#include "proxy/net/tls_context.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/support/certificates.hpp"

namespace {

using namespace lastframe;
using fuzz::expect;
using progress = net::tls_session::progress;

const net::tls_server& server() {
  static const test::authority issuer;
  static const test::certificate_files files = issuer.issue("fuzz", {"localhost"});
  static const net::tls_server made({{"fuzz", {files.certificate, files.key}, {}, net::tls_version::v1_2}},
                                    std::make_shared<net::ticket_keys>());
  return made;
}

const net::tls_client& client() {
  static const net::tls_client made({"fuzz", {}, "localhost", {}, true});
  return made;
}

/// Both ends of a connection; only the near one is under test.
struct connection {
  connection() {
    std::array<int, 2> ends{};
    expect(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0, "there is a socket");
    near = net::stream(ends[0]);
    far = net::stream(ends[1]);
    near.use(server().accept(near.descriptor()));
  }

  void shake_hands() {
    far.use(client().connect(far.descriptor(), "localhost"));
    progress here = progress::wants_read;
    progress there = progress::wants_read;
    for (int i = 0; i < 10 && (here != progress::done || there != progress::done); ++i) {
      if (there != progress::done) there = far.tls().handshake();
      if (here != progress::done) here = near.tls().handshake();
    }
    expect(here == progress::done && there == progress::done, "two that agree shake hands");
  }

  /// Past TLS, as a network that was tampered with would deliver it.
  void inject(std::string_view bytes) const {
    expect(::send(far.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size()),
           "the socket has room");
  }

  net::stream near;
  net::stream far;
};

void before_the_handshake(std::string_view input) {
  connection link;
  link.inject(input);
  ::shutdown(link.far.descriptor(), SHUT_WR);
  progress how = link.near.tls().handshake();
  for (int i = 0; i < 4 && how == progress::wants_read; ++i) how = link.near.tls().handshake();
  expect(how == progress::failed, "no handshake succeeds without a client that knows how");
  expect(!link.near.tls().why_failed().empty(), "a failure has words");
  static_cast<void>(link.near.tls().greeted());
}

void behind_the_handshake(std::string_view input) {
  connection link;
  link.shake_hands();
  constexpr std::string_view genuine = "genuine";
  const std::array<std::span<const std::byte>, 2> message{std::as_bytes(std::span(genuine)), {}};
  expect(link.far.write(message).size == genuine.size(), "a record fits into the socket");
  link.inject(input);
  ::shutdown(link.far.descriptor(), SHUT_WR);

  std::array<std::byte, net::tls_session::record_size> buffer;
  std::size_t read = 0;
  net::io_result last = link.near.read(buffer);
  for (int i = 0; i < 100 && last.status == net::io_status::done; ++i) {
    read += last.size;
    last = link.near.read(buffer);
  }
  expect(read == genuine.size(), "only what the client wrote is read");
  expect(last.status == net::io_status::end || last.status == net::io_status::reset,
         "a broken connection ends");
  static_cast<void>(link.near.write(message));
  link.near.shutdown_send();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 32'768) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  (data[0] & 1) == 0 ? before_the_handshake(input) : behind_the_handshake(input);
  return 0;
}
