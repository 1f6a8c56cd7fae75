// The opening handshake (RFC 6455 §4), as little of it as peers that trust each other need.
#pragma once

#include <string>
#include <string_view>

namespace lastframe::bench {

/// A client's request for `path`.
[[nodiscard]] std::string upgrade_request(std::string_view path);
/// The 101 for a request's head; empty where it has no key.
[[nodiscard]] std::string upgrade_answer(std::string_view request);
/// The path that a request asks for.
[[nodiscard]] std::string_view path_of(std::string_view request);

}  // namespace lastframe::bench
