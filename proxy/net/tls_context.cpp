#include "proxy/net/tls_context.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "proxy/net/tls_files.hpp"

namespace lastframe::net {

namespace {

using std::chrono::steady_clock;

constexpr std::string_view http_1_1{"\x08http/1.1", 9};

/// What callbacks find in a server's context.
struct server_state {
  std::shared_ptr<ticket_keys> tickets;
  std::vector<tls_context> others;  ///< the default's: to be chosen by name
};

void free_state(void*, void* state, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<server_state*>(state);
}

int state_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_state);
  return index;
}

server_state& state_of(const SSL_CTX* context) {
  return *static_cast<server_state*>(SSL_CTX_get_ex_data(context, state_index()));
}

tls_context make_context(const SSL_METHOD* method, tls_version least) {
  const tls_context context(SSL_CTX_new(method), &SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), least == tls_version::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  // Debian's configuration says the same; a container may have none.
  SSL_CTX_set_security_level(context.get(), 2);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_ENABLE_KTLS |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A record's head and body by one call, and a flight of them: who reads goes on until nothing is there.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

template <class Prepare>
tls_session make_session(SSL_CTX* context, int descriptor, const Prepare& prepare) {
  SSL* const ssl = SSL_new(context);
  tls_session session(ssl);
  if (ssl == nullptr || SSL_set_fd(ssl, descriptor) != 1) throw std::bad_alloc();
  prepare(ssl);
  return session;
}

/// The host that a ClientHello asks for (RFC 6066 §3); empty: none.
std::string_view asked_name(SSL* ssl) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  constexpr std::size_t before_name = 5;  // the list's length, the name's type, the name's length
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1 || size <= before_name) {
    return {};
  }
  const std::size_t name_size = std::size_t{data[3]} << 8U | data[4];
  if (data[2] != TLSEXT_NAMETYPE_host_name || name_size > size - before_name) return {};
  return {reinterpret_cast<const char*>(data) + before_name, name_size};
}

bool is_for(const SSL_CTX* context, std::string_view name) {
  X509* const certificate = SSL_CTX_get0_certificate(context);
  return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
}

// Before anything else is chosen: the version depends on the certificate's settings.
int on_client_hello(SSL* ssl, int*, void*) {
  static char greeted;
  SSL_set_app_data(ssl, &greeted);
  SSL_CTX* const standing = SSL_get_SSL_CTX(ssl);
  const std::vector<tls_context>& others = state_of(standing).others;
  const std::string_view name = asked_name(ssl);
  if (others.empty() || name.empty() || is_for(standing, name)) return SSL_CLIENT_HELLO_SUCCESS;
  const auto match = std::ranges::find_if(others, [&](const auto& each) { return is_for(each.get(), name); });
  if (match == others.end()) return SSL_CLIENT_HELLO_SUCCESS;
  SSL_set_SSL_CTX(ssl, match->get());
  SSL_set_min_proto_version(ssl, static_cast<int>(SSL_CTX_get_min_proto_version(match->get())));
  return SSL_CLIENT_HELLO_SUCCESS;
}

// A client that offers protocols, but not this one, would not be understood (RFC 7301 §3.2).
int on_alpn(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
            unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(http_1_1.data());
  if (SSL_select_next_proto(&found, size, ours, http_1_1.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

bool use_key(const ticket_keys::key& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
             int encrypts) {
  std::array digest{'S', 'H', 'A', '2', '5', '6', '\0'};
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, encrypts) == 1 &&
         EVP_MAC_init(mac, key.mac.data(), key.mac.size(), parameters.data()) == 1;
}

// Its results are SSL_CTX_set_tlsext_ticket_key_evp_cb's: -1 fault, 0 no ticket, 1 good, 2 good but to be
// renewed.
int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              int encrypts) {
  ticket_keys& keys = *state_of(SSL_get_SSL_CTX(ssl)).tickets;
  if (encrypts == 1) {
    const auto key = keys.current(steady_clock::now());
    if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
    std::ranges::copy(key->name, name);
    return use_key(*key, iv, cipher, mac, encrypts) ? 1 : -1;
  }
  const auto known = keys.find(std::span<const unsigned char, 16>(name, 16), steady_clock::now());
  if (!known) return 0;
  if (!use_key(known->which, iv, cipher, mac, encrypts)) return -1;
  return known->renew ? 2 : 1;
}

/// A ticket is good where the same authorities are trusted, and nowhere else: not even here, once their file
/// holds others.
void separate_tickets(SSL_CTX* context, const std::string& client_ca) {
  const std::string trusted = contents_of(client_ca);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> name;
  SHA256(reinterpret_cast<const unsigned char*>(trusted.data()), trusted.size(), name.data());
  SSL_CTX_set_session_id_context(context, name.data(), name.size());
}

tls_context make_server_context(const tls_server_settings& settings, std::shared_ptr<ticket_keys> tickets) {
  tls_context context = make_context(TLS_server_method(), settings.min_version);
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_ex_data(raw, state_index(), new server_state{std::move(tickets), {}});
  // TLS 1.2: forward secrecy and authenticated encryption alone (RFC 9325 §4.2).
  SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_client_hello_cb(raw, &on_client_hello, nullptr);
  SSL_CTX_set_alpn_select_cb(raw, &on_alpn, nullptr);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(raw, &on_ticket);
  SSL_CTX_set_timeout(raw, std::chrono::seconds(ticket_keys::lifetime).count());
  SSL_CTX_set_num_tickets(raw, 1);
  separate_tickets(raw, settings.client_ca);
  if (!settings.client_ca.empty()) require_client_certificate(raw, settings.place, settings.client_ca);
  return context;
}

}  // namespace

tls_server::tls_server(const std::vector<tls_server_settings>& settings,
                       std::shared_ptr<ticket_keys> tickets) {
  for (const tls_server_settings& each : settings) {
    tls_context made = make_server_context(each, tickets);
    certificates_.push_back(use_identity(made.get(), each.place, each.identity));
    if (default_) {
      state_of(default_.get()).others.push_back(std::move(made));
    } else {
      default_ = std::move(made);
    }
  }
}

tls_session tls_server::accept(int descriptor) const {
  return make_session(default_.get(), descriptor, SSL_set_accept_state);
}

tls_client::tls_client(const tls_client_settings& settings)
    : context_(make_context(TLS_client_method(), tls_version::v1_2)), server_name_(settings.server_name) {
  SSL_CTX* const raw = context_.get();
  SSL_CTX_set_alpn_protos(raw, reinterpret_cast<const unsigned char*>(http_1_1.data()), http_1_1.size());
  if (settings.ca.empty()) {
    SSL_CTX_set_default_verify_paths(raw);
  } else {
    use_authorities(raw, settings.place, settings.ca);
  }
  SSL_CTX_set_verify(raw, settings.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (settings.identity) certificates_.push_back(use_identity(raw, settings.place, *settings.identity));
}

tls_session tls_client::connect(int descriptor, const std::string& host) const {
  const std::string& name = server_name_.empty() ? host : server_name_;
  return make_session(context_.get(), descriptor, [&](SSL* ssl) {
    SSL_set_connect_state(ssl);
    // An address is not sent as a name (RFC 6066 §3), and stands elsewhere in a certificate.
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1) return;
    // SSL_set_tlsext_host_name, without its cast.
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str()));
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, name.c_str());
  });
}

}  // namespace lastframe::net
