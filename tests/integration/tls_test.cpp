// TLS on both legs: a proxy that speaks it to upstream, in front of one that listens with it (DESIGN §4, §5).
#include <csignal>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/server/certificates.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/proxy_under_test.hpp"

namespace lastframe::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

/// The certificates of one test.
struct credentials {
  test::authority ca;
  test::certificate_files files = ca.issue("server", {"127.0.0.1"});

  [[nodiscard]] net::tls_server_settings server() const {
    return {"f:1:1: listeners[0].tls", {files.certificate, files.key}, {}, net::tls_version::v1_2};
  }
  [[nodiscard]] net::tls_client_settings client() const {
    return {"f:2:2: routes[0].upstream.tls", ca.file(), {}, {}, false};
  }
};

config::settings listening_with(net::tls_server_settings tls, const std::string& endpoint) {
  config::settings out = settings_for({endpoint});
  out.listeners.front().tls = {std::move(tls)};
  out.limits.header_timeout = std::chrono::milliseconds(500);
  return out;
}

config::settings dialling_with(net::tls_client_settings tls, const std::string& endpoint) {
  config::settings out = settings_for({endpoint});
  out.routes.front().upstream.tls = std::move(tls);
  return out;
}

class tls_legs : public testing::Test {
 protected:
  // The system's calls under OpenSSL's know no MSG_NOSIGNAL: whoever runs a proxy ignores the signal.
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  credentials keys_;
  raw_service service_;
  proxy_under_test far_{listening_with(keys_.server(), service_.address())};
  proxy_under_test near_{dialling_with(keys_.client(), far_.address())};
};

TEST_F(tls_legs, carry_frames_whole_both_ways) {
  auto [client, upstream] = open_tunnel(near_, service_);
  const std::string large(3 << 20, 'x');
  std::thread reader([&service = upstream, &large] { EXPECT_EQ(service.read_message().payload, large); });
  client.send(masked(2, large));
  reader.join();
  upstream.send(unmasked(1, "answer"));
  EXPECT_EQ(client.read_message().payload, "answer");
}

TEST_F(tls_legs, tell_upstream_that_the_client_came_by_tls) {
  const raw_peer client = ask_upgrade(near_.address());
  raw_peer upstream = service_.accept();
  const std::string head = upstream.read_head();
  EXPECT_THAT(head, HasSubstr("\r\nX-Forwarded-Proto: https\r\n"));
  EXPECT_THAT(head, HasSubstr(";proto=https\r\n"));
}

TEST_F(tls_legs, carry_closes_byte_for_byte_and_count_them) {
  auto [client, upstream] = open_tunnel(near_, service_);
  upstream.send(unmasked_close(1001, "away"));
  EXPECT_EQ(client.read_close(), close_payload(1001, "away"));
  client.send(masked_close(1001, "away"));
  EXPECT_EQ(upstream.read_close(), close_payload(1001, "away"));
  upstream.close();
  EXPECT_EQ(client.read_end(), stream_end::eof);
  for (const proxy_under_test* each : {&near_, &far_}) {
    EXPECT_THAT(each->closes(2),
                ElementsAre("client 1001 upstream close_frame", "upstream 1001 upstream close_frame"));
  }
  far_.await("lastframe_tls_handshakes_total", {{"leg", "client"}, {"result", "done"}}, 1);
  near_.await("lastframe_tls_handshakes_total", {{"leg", "upstream"}, {"result", "done"}}, 1);
}

TEST_F(tls_legs, end_with_1014_when_upstream_is_gone_in_the_middle_of_a_message) {
  auto [client, upstream] = open_tunnel(near_, service_);
  upstream.send(unmasked(2, "half", false));
  EXPECT_EQ(client.read_frame().payload, "half");
  upstream.reset();
  EXPECT_THAT(client.read_close(), testing::StartsWith("\x03\xf6"));
}

TEST_F(tls_legs, of_a_client_that_is_gone_end_upstreams) {
  auto [client, upstream] = open_tunnel(near_, service_);
  client.close();
  (void)upstream.read_end();
  EXPECT_THAT(far_.closes(2), ElementsAre("client 1006 client eof", "upstream 1006 client eof"));
}

TEST_F(tls_legs, say_nothing_to_who_is_silent_and_count_nothing) {
  raw_peer silent = connect_to(far_.address());
  raw_peer half = connect_to(far_.address());
  half.send(std::string("\x16\x03\x01\x01\x00\x01", 6));
  EXPECT_EQ(silent.read_end(), stream_end::eof);
  (void)half.read_end();
  raw_peer plain = connect_to(far_.address());
  plain.send("GET / HTTP/1.1\r\n\r\n");
  (void)plain.read_end();
  EXPECT_THAT(far_.closes(0), IsEmpty());
}

class tls_failure : public tls_legs {
 protected:
  /// Plays a client of a proxy whose TLS with upstream fails, and returns what that proxy counted.
  [[nodiscard]] std::vector<std::string> closes_of(config::settings settings) {
    const proxy_under_test proxy(std::move(settings));
    raw_peer client = ask_upgrade(proxy.address());
    EXPECT_THAT(client.read_head(), HasSubstr(" 101 "));
    EXPECT_THAT(client.read_close(), HasSubstr("TLS with upstream failed"));
    client.send(masked_close(1014));
    EXPECT_EQ(client.read_end(), stream_end::eof);
    client.close();
    proxy.await("lastframe_tls_handshakes_total", {{"leg", "upstream"}, {"result", "failed"}}, 1);
    proxy.await("lastframe_upstream_failures_total", {{"cause", "tls"}}, 1);
    return proxy.closes(2);
  }

  std::vector<std::string> counted_{"client 1014 upstream tls", "upstream 1015 upstream tls"};
};

TEST_F(tls_failure, of_a_certificate_from_elsewhere_is_counted_at_both_ends) {
  const test::authority stranger("stranger");
  net::tls_client_settings distrusting = keys_.client();
  distrusting.ca = stranger.file();
  EXPECT_EQ(closes_of(dialling_with(distrusting, far_.address())), counted_);
  EXPECT_THAT(far_.closes(1), ElementsAre("client 1015 client tls"));
}

TEST_F(tls_failure, of_an_upstream_that_speaks_something_else) {
  std::thread plain([this] {
    raw_peer asked = service_.accept();
    (void)asked.read_some();
    asked.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    (void)asked.read_end();
  });
  EXPECT_EQ(closes_of(dialling_with(keys_.client(), service_.address())), counted_);
  plain.join();
}

TEST_F(tls_failure, is_counted_once_where_it_is_answered_in_http) {
  config::settings settings = dialling_with(keys_.client(), far_.address());
  settings.routes.front().upstream.tls->server_name = "elsewhere";
  settings.routes.front().on_failure = config::on_failure::http;
  const proxy_under_test proxy(std::move(settings));
  raw_peer client = ask_upgrade(proxy.address());
  EXPECT_THAT(client.read_head(), HasSubstr(" 502 "));
  EXPECT_THAT(proxy.closes(1), ElementsAre("upstream 1015 upstream tls"));
}

TEST_F(tls_failure, of_a_client_without_the_certificate_that_is_asked_for) {
  const test::authority clients("clients");
  net::tls_server_settings strict = keys_.server();
  strict.client_ca = clients.file();
  const proxy_under_test far(listening_with(strict, service_.address()));
  EXPECT_EQ(closes_of(dialling_with(keys_.client(), far.address())), counted_);
  EXPECT_THAT(far.closes(1), ElementsAre("client 1015 client tls"));
  net::tls_client_settings known = keys_.client();
  const auto files = clients.issue("known", {"known"});
  known.identity = {files.certificate, files.key};
  const proxy_under_test near(dialling_with(known, far.address()));
  auto [let_in, upstream] = open_tunnel(near, service_);
  upstream.send(unmasked(1, "welcome"));
  EXPECT_EQ(let_in.read_message().payload, "welcome");
}

class certificates_of_files : public testing::Test {
 protected:
  credentials keys_;
  std::shared_ptr<const config::settings> settings_ =
      std::make_shared<const config::settings>(listening_with(keys_.server(), "127.0.0.1:1"));
  server::certificates held_{settings_};
};

TEST_F(certificates_of_files, are_read_again_when_they_have_changed) {
  const auto before = held_.current();
  EXPECT_EQ(held_.reload(), std::nullopt);
  keys_.ca.issue("server", {"127.0.0.1"}, std::chrono::hours(12));
  EXPECT_THAT(held_.reload(), Optional(IsEmpty()));
  EXPECT_EQ(held_.reload(), std::nullopt);
  EXPECT_NE(held_.current()->listeners.front(), before->listeners.front());
  EXPECT_LT(held_.expiries().at(0).expires, before->listeners.front()->certificates().at(0).expires);
}

TEST_F(certificates_of_files, stay_when_what_has_come_cannot_be_used) {
  const auto before = held_.current();
  const auto other = keys_.ca.issue("other", {"other"});
  std::filesystem::copy_file(other.key, keys_.files.key, std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(held_.reload(), Optional(ElementsAre(HasSubstr("does not belong to the certificate"))));
  EXPECT_EQ(held_.current()->listeners.front(), before->listeners.front());
  EXPECT_THAT(server::faults_of_files(*settings_), ElementsAre(HasSubstr("f:1:1: listeners[0].tls: ")));
}

}  // namespace
}  // namespace lastframe::support
