// Addresses as they are written: `host:port`, `[v6]:port`, `unix:PATH`.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "proxy/config/settings.hpp"

namespace lastframe::config {

/// What a port of 0 is for an address: any free one to listen on, but nothing to connect to.
enum class port_zero { allowed, refused };

/// An address, or a sentence that says what is wrong with the text. Names are not resolved.
[[nodiscard]] std::variant<address, std::string> parse_address(std::string_view text, port_zero zero);

/// Whether it is a host's name by its characters, or an IPv4 address. No IPv6.
[[nodiscard]] bool is_host_name(std::string_view text);

/// Whether it is `address/bits`, IPv4 or IPv6, without bits set beyond the prefix.
[[nodiscard]] bool is_cidr(std::string_view text);

}  // namespace lastframe::config
