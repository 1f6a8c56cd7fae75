#include <filesystem>
#include <fstream>
#include <optional>

#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "tests/unit/net/tls_peers.hpp"

namespace lastframe::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string reason_of(const std::vector<tls_server_settings>& settings) {
  try {
    const tls_server made(settings, std::make_shared<ticket_keys>());
  } catch (const tls_error& error) {
    return error.what();
  }
  return "no error";
}

/// A client that keeps the last ticket it was given.
class resuming_client {
 public:
  explicit resuming_client(const tls_identity& identity) {
    SSL_CTX_use_certificate_chain_file(context_.get(), identity.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), identity.key.c_str(), SSL_FILETYPE_PEM);
  }

  /// What became of a handshake: `new`, `resumed` or `refused`.
  std::string visit(const tls_server& server) {
    std::array<int, 2> ends{};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data());
    stream near(ends[0]);
    const stream far(ends[1]);
    near.use(server.accept(near.descriptor()));
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context_.get()), &SSL_free);
    SSL_set_fd(ssl.get(), far.descriptor());
    if (session_) SSL_set_session(ssl.get(), session_.get());
    auto here = tls_session::progress::wants_read;
    while (here == tls_session::progress::wants_read) {
      SSL_connect(ssl.get());
      here = near.tls().handshake();
    }
    if (here == tls_session::progress::failed) return "refused";
    (void)near.write({std::as_bytes(std::span("ticket ahead", 12)), {}});
    std::array<char, 16> read;
    SSL_read(ssl.get(), read.data(), read.size());
    session_.reset(SSL_get1_session(ssl.get()));
    SSL_shutdown(ssl.get());  // or OpenSSL holds its session for broken
    return SSL_session_reused(ssl.get()) == 1 ? "resumed" : "new";
  }

 private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session_{nullptr, &SSL_SESSION_free};
};

TEST_F(tls, carries_what_is_written_in_two_ranges_as_one_record) {
  pair ends(server, client, "chat.example.com");
  ASSERT_TRUE(ends.done) << ends.why;
  EXPECT_EQ(ends.near.write({as_bytes("head"), as_bytes("tail")}).size, 8U);
  EXPECT_EQ(read(ends.far), "headtail");
  EXPECT_EQ(read(ends.far), "(would block)");
}

TEST_F(tls, knows_that_the_client_has_greeted) {
  std::array<int, 2> sockets{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()), 0);
  stream near(sockets[0]);
  const stream far(sockets[1]);
  near.use(server.accept(near.descriptor()));
  ASSERT_EQ(::send(far.descriptor(), "GET / HTTP/1.1\r\n", 16, 0), 16);
  EXPECT_EQ(near.tls().handshake(), tls_session::progress::failed);
  EXPECT_EQ(near.tls().why_failed(), "http request");
  EXPECT_FALSE(near.tls().greeted());
  const pair ends(server, client, "chat.example.com");
  EXPECT_TRUE(ends.near.tls().greeted());
}

TEST_F(tls, takes_what_the_socket_had_no_room_for_when_it_is_offered_again) {
  pair ends(server, client, "chat.example.com");
  std::string sent;
  for (int i = 0; i < 2'000'000; ++i) sent += static_cast<char>('a' + i % 23);
  std::string received;
  std::string_view rest = sent;
  int blocked = 0;
  while (received.size() < sent.size()) {
    // The pieces in which bytes are offered change from one try to the next, as an outbox's do.
    const std::size_t cut = std::min<std::size_t>(rest.size(), static_cast<std::size_t>(blocked % 7) * 1'000);
    const io_result wrote = ends.near.write({as_bytes(rest.substr(0, cut)), as_bytes(rest.substr(cut))});
    rest.remove_prefix(wrote.size);
    if (!rest.empty() && wrote.status == io_status::done) continue;
    ++blocked;
    const std::string found = read(ends.far);
    if (found != "(would block)") received += found;
  }
  EXPECT_GT(blocked, 1);
  EXPECT_EQ(received, sent);
}

TEST_F(tls, leaves_nothing_behind_that_the_descriptor_does_not_show) {
  pair ends(server, client, "chat.example.com");
  const std::string two_records(2 * tls_session::record_size, 'x');
  ASSERT_EQ(ends.near.write({as_bytes(two_records), {}}).size, two_records.size());
  EXPECT_EQ(read(ends.far).size(), tls_session::record_size);
  char next = 0;
  EXPECT_EQ(::recv(ends.far.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT), 1);
  EXPECT_EQ(read(ends.far).size(), tls_session::record_size);
  EXPECT_EQ(::recv(ends.far.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT), -1);
}

TEST_F(tls, ends_by_close_notify_and_still_takes_what_the_other_side_has_to_say) {
  pair ends(server, client, "chat.example.com");
  ASSERT_EQ(ends.near.write({as_bytes("last"), {}}).size, 4U);
  ends.near.shutdown_send();
  EXPECT_EQ(read(ends.far), "last");
  EXPECT_EQ(read(ends.far), "(end)");
  ASSERT_EQ(ends.far.write({as_bytes("answer"), {}}).size, 6U);
  EXPECT_EQ(read(ends.near), "answer");
}

TEST_F(tls, ends_without_close_notify_like_any_other) {
  pair ends(server, client, "chat.example.com");
  ASSERT_EQ(ends.far.write({as_bytes("whole"), {}}).size, 5U);
  EXPECT_EQ(read(ends.far), "(would block)");  // a ticket: left unread it would make a reset of the end
  // A record of 100 bytes, of which three come: cut, and not taken for data.
  ASSERT_EQ(::send(ends.far.descriptor(),
                   "\x17\x03\x03\x00\x64"
                   "abc",
                   8, 0),
            8);
  ends.far.close();
  EXPECT_EQ(read(ends.near), "whole");
  EXPECT_EQ(read(ends.near), "(end)");
}

TEST_F(tls, takes_bytes_that_are_no_record_for_a_connection_that_is_gone) {
  pair ends(server, client, "chat.example.com");
  const std::string garbage(100, 'g');
  ASSERT_EQ(::send(ends.far.descriptor(), garbage.data(), garbage.size(), 0), 100);
  EXPECT_EQ(read(ends.near), "(reset)");
}

TEST_F(tls, checks_the_certificates_name_and_its_issuer) {
  EXPECT_EQ(pair(server, client, "other.example.com").why, "hostname mismatch");
  EXPECT_TRUE(pair(server, client, "127.0.0.1").done);
  EXPECT_EQ(pair(server, client, "127.0.0.2").why, "IP address mismatch");
  const authority stranger("stranger");
  const tls_client distrusting(trusting(stranger));
  EXPECT_EQ(pair(server, distrusting, "127.0.0.1").why, "unable to get local issuer certificate");
  tls_client_settings any = trusting(stranger);
  any.insecure = true;
  EXPECT_TRUE(pair(server, tls_client(any), "other.example.com").done);
  tls_client_settings named = trusting(ca);
  named.server_name = "chat.example.com";
  EXPECT_TRUE(pair(server, tls_client(named), "127.0.0.9").done);
}

TEST_F(tls, lets_in_only_who_has_a_certificate_of_the_clients_authority) {
  const authority clients("clients");
  tls_server_settings settings = settings_of(files);
  settings.client_ca = clients.file();
  const tls_server strict = make_server(settings);
  // In TLS 1.3 a client believes itself in before the server has looked at what it sent.
  EXPECT_EQ(pair(strict, client, "127.0.0.1").why, "peer did not return a certificate");
  tls_client_settings wrong = trusting(ca);
  wrong.identity = as_identity(ca.issue("wrong", {"someone"}));
  EXPECT_NE(pair(strict, tls_client(wrong), "127.0.0.1").why, "");
  tls_client_settings right = trusting(ca);
  right.identity = as_identity(clients.issue("right", {"someone"}));
  EXPECT_TRUE(pair(strict, tls_client(right), "127.0.0.1").done);
}

TEST_F(tls, takes_no_ticket_of_a_client_whose_authority_is_no_longer_trusted) {
  const authority first("first");
  const authority second("second");
  tls_server_settings strict = settings_of(files);
  strict.client_ca = first.folder() / "trusted.crt";
  std::filesystem::copy_file(first.file(), strict.client_ca);
  const auto tickets = std::make_shared<ticket_keys>();
  const tls_server before({strict}, tickets);
  resuming_client visitor(as_identity(first.issue("visitor", {"visitor"})));
  EXPECT_EQ(visitor.visit(before), "new");
  EXPECT_EQ(visitor.visit(before), "resumed");
  EXPECT_EQ(visitor.visit(tls_server({strict}, tickets)), "resumed");
  std::filesystem::copy_file(second.file(), strict.client_ca,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(visitor.visit(tls_server({strict}, tickets)), "refused");
}

TEST_F(tls, chooses_the_certificate_by_the_name_asked_for_and_else_the_first) {
  const certificate_files wild = ca.issue("wild", {"*.example.org"});
  const tls_server both({settings_of(files), settings_of(wild)}, std::make_shared<ticket_keys>());
  EXPECT_TRUE(pair(both, client, "a.example.org").done);
  EXPECT_TRUE(pair(both, client, "chat.example.com").done);
  EXPECT_EQ(pair(both, client, "a.b.example.org").why, "hostname mismatch");
  EXPECT_TRUE(pair(both, client, "127.0.0.1").done);
}

TEST_F(tls, tells_when_its_certificates_expire) {
  const auto life = server.certificates().at(0).expires - std::chrono::system_clock::now();
  EXPECT_EQ(server.certificates().at(0).path, files.certificate);
  EXPECT_LT(life, std::chrono::hours(23));
  EXPECT_GT(life, std::chrono::hours(22));
}

TEST_F(tls, says_which_file_is_wrong_and_why) {
  const certificate_files other = ca.issue("other", {"other"});
  const auto reason = [](const std::string& certificate, const std::string& key) {
    return reason_of({settings_of({certificate, key})});
  };
  EXPECT_EQ(reason("/none", files.key),
            "a.yaml:1:1: listeners[0].tls: /none: cannot be read: No such file or directory");
  EXPECT_THAT(reason(files.certificate, "/tmp"), EndsWith("/tmp: cannot be read: Is a directory"));
  EXPECT_THAT(reason(files.key, files.key), EndsWith("server.key: holds no certificate in PEM form"));
  EXPECT_THAT(reason(files.certificate, files.certificate), EndsWith("holds no private key in PEM form"));
  EXPECT_THAT(reason(files.certificate, other.key),
              HasSubstr("other.key: does not belong to the certificate " + files.certificate));
  const certificate_files old = ca.issue("old", {"old"}, std::chrono::minutes(30));
  EXPECT_THAT(reason(old.certificate, old.key), EndsWith("old.crt: has expired"));
  tls_server_settings without_authority = settings_of(files);
  without_authority.client_ca = files.key;
  EXPECT_THAT(reason_of({without_authority}), EndsWith("server.key: holds no certificate in PEM form"));
}

TEST(ticket_keys, are_replaced_every_hour_and_known_until_their_tickets_are_not_valid_any_more) {
  ticket_keys keys;
  const auto start = ticket_keys::clock::now();
  const auto first = keys.current(start).value();
  EXPECT_EQ(keys.current(start + std::chrono::minutes(59)).value().name, first.name);
  EXPECT_FALSE(keys.find(first.name, start + std::chrono::minutes(59)).value().renew);
  const auto second = keys.current(start + std::chrono::minutes(60)).value();
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.cipher, first.cipher);
  EXPECT_TRUE(keys.find(first.name, start + std::chrono::minutes(179)).value().renew);
  EXPECT_FALSE(keys.find(first.name, start + std::chrono::minutes(180)));
}

}  // namespace
}  // namespace lastframe::net
