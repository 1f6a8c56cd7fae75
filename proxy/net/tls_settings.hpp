// What TLS contexts are made of; the configuration fills it in.
#pragma once

#include <optional>
#include <string>

namespace lastframe::net {

/// A certificate chain, the leaf first, and its private key: PEM files.
struct tls_identity {
  std::string certificate;
  std::string key;

  bool operator==(const tls_identity&) const = default;
};

enum class tls_version { v1_2, v1_3 };

/// One certificate of a listener.
struct tls_server_settings {
  std::string place;  ///< where the configuration says so, for errors
  tls_identity identity;
  std::string client_ca;  ///< a PEM file; empty: no client certificates are asked for
  tls_version min_version = tls_version::v1_2;

  bool operator==(const tls_server_settings&) const = default;
};

/// How an upstream is connected to.
struct tls_client_settings {
  std::string place;        ///< where the configuration says so, for errors
  std::string ca;           ///< a PEM file; empty: the system's authorities
  std::string server_name;  ///< name sent and checked; empty: the endpoint's host
  std::optional<tls_identity> identity;
  bool insecure = false;  ///< the certificate is not checked

  bool operator==(const tls_client_settings&) const = default;
};

}  // namespace lastframe::net
