// What a session says of the other end's refusal.
#include <openssl/ssl.h>

#include "tests/unit/net/tls_peers.hpp"

namespace lastframe::net {
namespace {

TEST_F(tls, tells_a_client_that_was_refused_behind_its_handshake_why) {
  tls_server_settings settings = settings_of(files);
  const authority clients("clients");
  settings.client_ca = clients.file();
  pair ends(make_server(settings), client, "127.0.0.1");
  EXPECT_FALSE(ends.done);
  EXPECT_EQ(ends.far.tls().refusal(), "");
  EXPECT_EQ(read(ends.far), "(reset)");
  EXPECT_EQ(ends.far.tls().refusal(), "tlsv13 alert certificate required");
}

TEST_F(tls, takes_no_alert_behind_the_first_byte_for_a_refusal) {
  pair ends(server, client, "127.0.0.1");
  ASSERT_EQ(ends.near.write({as_bytes("welcome"), {}}).size, 7U);
  ASSERT_EQ(::send(ends.far.descriptor(), "no record", 9, 0), 9);
  EXPECT_EQ(read(ends.near), "(reset)");
  EXPECT_EQ(read(ends.far), "welcome");
  EXPECT_EQ(read(ends.far), "(reset)");
  EXPECT_EQ(ends.far.tls().refusal(), "");
}

TEST_F(tls, gives_the_reason_of_a_failure_and_not_what_nobody_checked) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  const stream near(ends[0]);
  stream far(ends[1]);
  const std::unique_ptr<SSL, void (*)(SSL*)> strict(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(strict.get(), near.descriptor());
  const authority stranger("stranger");
  tls_client_settings any = trusting(stranger);
  any.insecure = true;
  far.use(tls_client(any).connect(far.descriptor(), "127.0.0.1"));
  auto there = tls_session::progress::wants_read;
  while (there == tls_session::progress::wants_read) {
    there = far.tls().handshake();
    if (there == tls_session::progress::wants_read) SSL_accept(strict.get());
  }
  EXPECT_EQ(far.tls().why_failed(), "sslv3 alert handshake failure");
}

}  // namespace
}  // namespace lastframe::net
