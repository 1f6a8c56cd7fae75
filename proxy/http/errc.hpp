// The errors of http/.
#pragma once

#include <boost/system/error_code.hpp>

namespace lastframe::http {

enum class errc {
  malformed_head = 1,
  head_too_large,
  bad_upgrade_answer,  ///< a 101 that does not answer what was asked
  malformed_body,      ///< broken chunked coding
};

[[nodiscard]] const boost::system::error_category& category() noexcept;

inline boost::system::error_code make_error_code(errc value) noexcept {
  return {static_cast<int>(value), category()};
}

}  // namespace lastframe::http

template <>
struct boost::system::is_error_code_enum<lastframe::http::errc> : std::true_type {};
