#include "tests/support/certificates.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace lastframe::test {

namespace {

void must(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(std::string("certificates: ") + what);
}

std::filesystem::path make_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lastframe-certificates-XXXXXX").string();
  must(::mkdtemp(pattern.data()) != nullptr, "no scratch folder");
  return pattern;
}

std::shared_ptr<EVP_PKEY> make_key() {
  std::shared_ptr<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
  must(key != nullptr, "no key");
  return key;
}

void add(X509* to, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  must(made != nullptr && X509_add_ext(to, made, -1) == 1, "no extension");
  X509_EXTENSION_free(made);
}

std::shared_ptr<X509> make_certificate(const std::string& name, EVP_PKEY* key, std::chrono::seconds life) {
  std::shared_ptr<X509> made(X509_new(), &X509_free);
  std::int64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), 7);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), static_cast<long>(life.count()) - 3'600);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return made;
}

void sign(X509* made, X509* issuer, EVP_PKEY* key) {
  X509_set_issuer_name(made, X509_get_subject_name(issuer));
  must(X509_sign(made, key, EVP_sha256()) > 0, "not signed");
}

template <class Write>
void write_file(const std::string& path, const Write& write) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "we"), &std::fclose);
  must(file != nullptr && write(file.get()) == 1, "a file was not written");
}

std::string alternative(const std::string& name) {
  in6_addr any{};
  const bool is_address =
      ::inet_pton(AF_INET, name.c_str(), &any) == 1 || ::inet_pton(AF_INET6, name.c_str(), &any) == 1;
  return (is_address ? "IP:" : "DNS:") + name;
}

}  // namespace

authority::authority(const std::string& name)
    : folder_(make_folder()),
      key_(make_key()),
      certificate_(make_certificate(name, key_.get(), std::chrono::hours(48))) {
  add(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  sign(certificate_.get(), certificate_.get(), key_.get());
  write_file(file(), [&](FILE* to) { return PEM_write_X509(to, certificate_.get()); });
}

authority::~authority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string authority::file() const {
  return folder_ / "authority.crt";
}

certificate_files authority::issue(const std::string& file_name, const std::vector<std::string>& names,
                                   std::chrono::seconds life) const {
  const auto key = make_key();
  const auto made = make_certificate(names.front(), key.get(), life);
  std::string alternatives;
  for (const std::string& each : names) {
    alternatives += (alternatives.empty() ? "" : ",") + alternative(each);
  }
  add(made.get(), certificate_.get(), NID_subject_alt_name, alternatives);
  sign(made.get(), certificate_.get(), key_.get());
  const certificate_files files{folder_ / (file_name + ".crt"), folder_ / (file_name + ".key")};
  write_file(files.certificate, [&](FILE* to) { return PEM_write_X509(to, made.get()); });
  write_file(files.key, [&](FILE* to) {
    return PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return files;
}

}  // namespace lastframe::test
