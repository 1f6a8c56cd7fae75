// Where a response's body ends, so that it can be relayed byte for byte and no further.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/http/forward.hpp"

namespace lastframe::http {

/// Follows a body that is relayed as it is, chunked coding included.
///
///     body_scanner body{response_body(head)};
///     while (!body.done()) { take(bytes) and relay as many as it says; }
///
/// At upstream's EOF the body is complete if `ends_at_eof()`, cut short otherwise.
class body_scanner {
 public:
  explicit body_scanner(body_length length) noexcept;

  /// How many of `bytes`, from their begin, belong to the body. Error: `errc::malformed_body`; relay none of
  /// them.
  [[nodiscard]] result<std::size_t> take(std::string_view bytes) noexcept;

  [[nodiscard]] bool done() const noexcept { return state_ == state::done; }
  [[nodiscard]] bool ends_at_eof() const noexcept { return done() || state_ == state::until_eof; }

 private:
  enum class state : std::uint8_t {
    sized,
    until_eof,
    size_digits,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_begin,
    trailer,
    trailer_lf,
    last_lf,
    done
  };

  [[nodiscard]] bool step(char c) noexcept;
  [[nodiscard]] bool digit(char c) noexcept;

  state state_;
  std::uint8_t digits_ = 0;
  std::uint32_t overhead_ = 0;  // bytes of extensions and trailers so far
  std::uint64_t left_ = 0;      // bytes of the body, or of this chunk, yet to come
};

}  // namespace lastframe::http
