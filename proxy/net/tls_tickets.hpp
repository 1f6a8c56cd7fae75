// The keys of session tickets (RFC 5077, RFC 8446 §4.6.1): stateless resumption across workers and listeners.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>

namespace lastframe::net {

/// Encrypts tickets with a key that is replaced every hour, and knows those of before until no ticket of
/// theirs is valid any more. Any thread.
class ticket_keys {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::hours period{1};
  static constexpr std::chrono::hours lifetime{2};  ///< of a ticket

  /// AES-256-CBC and HMAC-SHA-256, as OpenSSL's own tickets; `name` tells the keys apart.
  struct key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
  };

  /// For a new ticket. None: there is no randomness to be had.
  [[nodiscard]] std::optional<key> current(clock::time_point now);

  struct found {
    key which;
    bool renew;  ///< no longer the current one: the client should get a new ticket
  };
  /// The key of a ticket; none: it is unknown or too old.
  [[nodiscard]] std::optional<found> find(std::span<const unsigned char, 16> name, clock::time_point now);

 private:
  struct dated {
    key value;
    clock::time_point made;
  };

  bool rotate(clock::time_point now);

  std::mutex lock_;
  std::deque<dated> keys_;  // the newest first
};

}  // namespace lastframe::net
