#include "proxy/http/body.hpp"

#include <algorithm>

#include "proxy/http/errc.hpp"
#include "proxy/http/text.hpp"

namespace lastframe::http {
namespace {

/// Extensions and trailers carry nothing that a body needs: more than this is an attack.
constexpr std::uint32_t max_overhead = 64 << 10;

constexpr int hex(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

}  // namespace

body_scanner::body_scanner(body_length length) noexcept : left_{length.size} {
  switch (length.how) {
    case body_length::kind::none:
      state_ = state::done;
      break;
    case body_length::kind::sized:
      state_ = length.size == 0 ? state::done : state::sized;
      break;
    case body_length::kind::chunked:
      state_ = state::size_digits;
      left_ = 0;
      break;
    case body_length::kind::until_eof:
      state_ = state::until_eof;
      break;
  }
}

result<std::size_t> body_scanner::take(std::string_view bytes) noexcept {
  std::size_t taken = 0;
  while (taken < bytes.size() && state_ != state::done) {
    if (state_ == state::until_eof) return bytes.size();
    if (state_ == state::sized || state_ == state::data) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - taken));
      taken += n;
      left_ -= n;
      if (left_ == 0) state_ = state_ == state::sized ? state::done : state::data_cr;
      continue;
    }
    if (!step(bytes[taken++])) return errc::malformed_body;
  }
  return taken;
}

bool body_scanner::digit(char c) noexcept {
  if (const int value = hex(c); value >= 0) {
    // 15 digits cannot overflow 64 bits.
    if (++digits_ > 15) return false;
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    return true;
  }
  if (digits_ == 0) return false;
  if (c == '\r') {
    state_ = state::size_lf;
  } else if (c == ';' || c == ' ' || c == '\t') {
    state_ = state::extension;
  } else {
    return false;
  }
  return true;
}

bool body_scanner::step(char c) noexcept {
  const auto expect_lf = [&](state next) {
    state_ = next;
    return c == '\n';
  };
  switch (state_) {
    case state::size_digits:
      return digit(c);
    case state::extension:
    case state::trailer:
      if (c == '\r') state_ = state_ == state::extension ? state::size_lf : state::trailer_lf;
      return c != '\n' && ++overhead_ <= max_overhead;
    case state::size_lf:
      digits_ = 0;
      return expect_lf(left_ == 0 ? state::trailer_begin : state::data);
    case state::data_cr:
      state_ = state::data_lf;
      return c == '\r';
    case state::data_lf:
      return expect_lf(state::size_digits);
    case state::trailer_begin:
      state_ = c == '\r' ? state::last_lf : state::trailer;
      return c != '\n';
    case state::trailer_lf:
      return expect_lf(state::trailer_begin);
    case state::last_lf:
      return expect_lf(state::done);
    case state::sized:
    case state::until_eof:
    case state::data:
    case state::done:
      break;
  }
  return false;
}

}  // namespace lastframe::http
