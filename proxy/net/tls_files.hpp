// The files that a configuration names for TLS.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include "proxy/net/tls_context.hpp"

namespace lastframe::net {

/// Each throws tls_error; `place` is where the configuration names the files.
certificate_info use_identity(SSL_CTX* context, const std::string& place, const tls_identity& identity);
void use_authorities(SSL_CTX* context, const std::string& place, const std::string& path);
/// As above, for clients' certificates: their names are sent with the request for one.
void require_client_certificate(SSL_CTX* context, const std::string& place, const std::string& path);

/// What a file holds, as far as it can be read.
[[nodiscard]] std::string contents_of(const std::string& path);

}  // namespace lastframe::net
