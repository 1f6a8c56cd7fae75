#include "proxy/net/tls_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace lastframe::net {

namespace {

[[noreturn]] void fail(const std::string& place, const std::string& path, const std::string& why) {
  throw tls_error(place + ": " + path + ": " + why);
}

/// Whether OpenSSL has just refused something for this reason; its queue has one entry per layer.
bool refused_for(int library, int reason) {
  std::array<unsigned long, 16> errors{};
  for (unsigned long& each : errors) each = ERR_get_error();
  return std::ranges::any_of(errors, [&](unsigned long each) {
    return ERR_GET_LIB(each) == library && ERR_GET_REASON(each) == reason;
  });
}

void check_readable(const std::string& place, const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  // A directory can be opened, and fails when it is read.
  if (!file || (std::fgetc(file.get()) == EOF && std::ferror(file.get()) != 0)) {
    fail(place, path, "cannot be read: " + std::generic_category().message(errno));
  }
}

std::chrono::system_clock::time_point as_time(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::chrono::system_clock::time_point check_times(const std::string& place, const std::string& path,
                                                  const X509* certificate) {
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    fail(place, path, "is not valid yet; is the clock right?");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) fail(place, path, "has expired");
  return as_time(X509_get0_notAfter(certificate));
}

// There is nobody to be asked for a password.
int no_password(char*, int, int, void*) {
  return -1;
}

std::string why_no_key(const tls_identity& identity) {
  if (ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509) {
    return "does not belong to the certificate " + identity.certificate;
  }
  const bool encrypted = refused_for(ERR_LIB_PEM, PEM_R_BAD_PASSWORD_READ);
  return encrypted ? "is encrypted, and there is nobody to ask for its password"
                   : "holds no private key in PEM form";
}

}  // namespace

certificate_info use_identity(SSL_CTX* context, const std::string& place, const tls_identity& identity) {
  check_readable(place, identity.certificate);
  check_readable(place, identity.key);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, identity.certificate.c_str()) != 1) {
    const char* const why = ERR_reason_error_string(ERR_peek_error());
    const bool usual = why == nullptr || refused_for(ERR_LIB_PEM, PEM_R_NO_START_LINE);
    fail(place, identity.certificate, usual ? "holds no certificate in PEM form" : why);
  }
  SSL_CTX_set_default_passwd_cb(context, &no_password);
  if (SSL_CTX_use_PrivateKey_file(context, identity.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    fail(place, identity.key, why_no_key(identity));
  }
  return {identity.certificate, check_times(place, identity.certificate, SSL_CTX_get0_certificate(context))};
}

void use_authorities(SSL_CTX* context, const std::string& place, const std::string& path) {
  check_readable(place, path);
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context, path.c_str()) != 1) {
    fail(place, path, "holds no certificate in PEM form");
  }
}

void require_client_certificate(SSL_CTX* context, const std::string& place, const std::string& path) {
  use_authorities(context, place, path);
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(path.c_str()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

std::string contents_of(const std::string& path) {
  const std::ifstream in(path, std::ios::binary);
  // Not by iterators, which throw where a file is none: a folder, say.
  std::ostringstream held;
  held << in.rdbuf();
  return std::move(held).str();
}

}  // namespace lastframe::net
