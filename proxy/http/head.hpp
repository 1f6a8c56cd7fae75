// Request and response heads as values, and their parsing. Beast does the parsing, in the .cpp file only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace lastframe::http {

template <class T>
using result = boost::system::result<T>;

/// One header field as it arrived: the name's case and the order among fields are kept. Views into the text
/// of its head.
struct field {
  std::string_view name;
  std::string_view value;

  bool operator==(const field&) const = default;
};

/// The fields of a head, in order of arrival.
class field_list : public std::vector<field> {
 public:
  using std::vector<field>::vector;

  /// The value of the first field of that name (any case), or none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// Whether a comma-separated list field (all of that name taken together) holds `token`, in any case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;
  /// The members of a comma-separated list field, all of that name taken together, trimmed, in order.
  /// Commas inside quoted strings do not separate.
  [[nodiscard]] std::vector<std::string_view> list(std::string_view name) const;
};

/// The bytes that a head came as. Copies of a head share them; none: its views are into something else that
/// outlives it.
using head_text = std::shared_ptr<const char[]>;

struct request_head {
  std::string_view method;
  std::string_view target;
  unsigned version = 11;
  field_list fields;
  head_text text{};
};

struct response_head {
  unsigned status = 0;
  std::string_view reason;
  unsigned version = 11;
  field_list fields;
  head_text text{};
};

/// A head, and how many bytes of the input it took.
template <class Head>
struct parsed {
  Head head;
  std::size_t size = 0;
};

/// Parses the head at the start of `bytes`. None: more bytes are needed; call again with all of them. Errors:
/// `errc::malformed_head`, as soon as no bytes to come could mend it (bare CR or LF, obs-fold, a control
/// character, a repeated Host or Content-Length, Content-Length with Transfer-Encoding, a Transfer-Encoding
/// that does not say where the body ends, a version other than 1.0 and 1.1; RFC 9112 §2.2, §5.2, §6), and
/// `errc::head_too_large` once `limit` bytes hold no complete head. Nothing is kept between calls.
[[nodiscard]] result<std::optional<parsed<request_head>>> parse_request(std::string_view bytes,
                                                                        std::size_t limit);
[[nodiscard]] result<std::optional<parsed<response_head>>> parse_response(std::string_view bytes,
                                                                          std::size_t limit);

}  // namespace lastframe::http
