#include "proxy/net/tls_session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace lastframe::net {

namespace {

using const_bytes = std::span<const std::byte>;

// One record for what belongs together: a second one would cost more than the copy.
const_bytes next_record(const_bytes first, const_bytes second, std::span<std::byte> gathered) noexcept {
  if (first.empty() || second.empty() || first.size() >= gathered.size()) {
    const const_bytes longest = first.empty() ? second : first;
    return longest.first(std::min(longest.size(), gathered.size()));
  }
  const const_bytes rest = second.first(std::min(second.size(), gathered.size() - first.size()));
  std::ranges::copy(rest, std::ranges::copy(first, gathered.begin()).out);
  return gathered.first(first.size() + rest.size());
}

}  // namespace

void tls_session::freed::operator()(ssl_st* ssl) const noexcept {
  SSL_free(ssl);
}

tls_session::progress tls_session::handshake() noexcept {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return progress::done;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return progress::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return progress::wants_write;
    default:
      return progress::failed;
  }
}

bool tls_session::greeted() const noexcept {
  return SSL_get_app_data(ssl_.get()) != nullptr;
}

std::string tls_session::why_failed() const {
  const int system_error = errno;
  const unsigned long error = ERR_peek_last_error();
  if (ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get()));
  }
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  if (reason != nullptr) return reason;
  return system_error != 0 ? std::strerror(system_error) : "the peer ended the connection";
}

std::string tls_session::refusal() const {
  if (alert_ == 0) return {};
  const char* reason = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + alert_));
  return reason != nullptr ? reason : "TLS alert " + std::to_string(alert_);
}

io_result tls_session::failed(int result) noexcept {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {.status = io_status::would_block};
    case SSL_ERROR_ZERO_RETURN:
      return {.status = io_status::end};
    default:
      return {.status = io_status::reset};
  }
}

io_result tls_session::read(std::span<std::byte> into) noexcept {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
  read_wants_write_ = result != 1 && SSL_want_write(ssl_.get());
  if (result == 1) {
    heard_ = true;
    return {.status = io_status::done, .size = size};
  }
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  const bool by_alert = reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 0xFF;
  if (!heard_ && by_alert) alert_ = static_cast<std::uint8_t>(reason - SSL_AD_REASON_OFFSET);
  return failed(result);
}

bool tls_session::has_pending() const noexcept {
  return SSL_has_pending(ssl_.get()) == 1;
}

io_result tls_session::write(const std::array<std::span<const std::byte>, 2>& from) noexcept {
  auto [first, second] = from;
  std::array<std::byte, record_size> gathered;
  std::size_t taken = 0;
  while (!first.empty() || !second.empty()) {
    const auto record = next_record(first, second, gathered);
    const io_result wrote = write_record(record.first(offered_ != 0 ? offered_ : record.size()));
    if (wrote.status != io_status::done && taken == 0) return wrote;
    if (wrote.status != io_status::done) break;
    taken += wrote.size;
    const std::size_t of_first = std::min(wrote.size, first.size());
    first = first.subspan(of_first);
    second = second.subspan(wrote.size - of_first);
  }
  return {.status = io_status::done, .size = taken};
}

io_result tls_session::write_record(std::span<const std::byte> record) noexcept {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_write_ex(ssl_.get(), record.data(), record.size(), &size);
  offered_ = result == 1 ? std::uint16_t{0} : static_cast<std::uint16_t>(record.size());
  return result == 1 ? io_result{.status = io_status::done, .size = size} : failed(result);
}

std::size_t tls_session::finish() noexcept {
  ERR_clear_error();
  BIO* const socket = SSL_get_wbio(ssl_.get());
  const std::uint64_t before = BIO_number_written(socket);
  SSL_shutdown(ssl_.get());
  return BIO_number_written(socket) - before;
}

}  // namespace lastframe::net
