// Parsing of heads: the raw bytes are judged here, since Beast is lenient where smuggling hides; Beast then
// takes them apart.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "proxy/http/errc.hpp"
#include "proxy/http/head.hpp"
#include "proxy/http/text.hpp"

namespace lastframe::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;

constexpr std::size_t usual_fields = 12;

/// Beast's own containers put fields of one name together, which loses their order; so the fields are
/// collected here. What it hands over lies in the bytes that it parses, since there is no obs-fold in them.
template <class Head>
class collector final : public beast::http::basic_parser<std::is_same_v<Head, request_head>> {
 public:
  collector() { head.fields.reserve(usual_fields); }

  Head head;

 private:
  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    if constexpr (std::is_same_v<Head, request_head>) {
      head.method = method;
      head.target = target;
      head.version = static_cast<unsigned>(version);
    }
  }
  void on_response_impl(int status, string_view reason, int version, error_code&) override {
    if constexpr (std::is_same_v<Head, response_head>) {
      head.status = static_cast<unsigned>(status);
      head.reason = reason;
      head.version = static_cast<unsigned>(version);
    }
  }
  void on_field_impl(beast::http::field, string_view name, string_view value, error_code&) override {
    head.fields.push_back({name, value});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
};

/// By table, since each byte of each head is asked.
constexpr auto controls = [] {
  std::array<bool, 256> found{};
  for (std::size_t c = 0; c < found.size(); ++c) found[c] = (c < 0x20 && c != '\t') || c == 0x7f;
  return found;
}();

constexpr bool is_control(char c) noexcept {
  return controls[static_cast<unsigned char>(c)];
}

/// Whether one of eight bytes may be a control character; a tab looks like one.
constexpr bool may_hold_control(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 0xff;
  const std::uint64_t without_del = bytes ^ (ones * 0x7f);
  const std::uint64_t low = (bytes - ones * 0x20) & ~bytes;
  const std::uint64_t del = (without_del - ones) & ~without_del;
  return ((low | del) & (ones * 0x80)) != 0;
}

const char* find_control(const char* at, const char* end) noexcept {
  for (std::uint64_t eight = 0; end - at >= std::ptrdiff_t{sizeof eight}; at += sizeof eight) {
    std::memcpy(&eight, at, sizeof eight);
    if (may_hold_control(eight)) break;
  }
  return std::find_if(at, end, is_control);
}

/// What the bytes so far are: not a head, nor ever to become one (a bare CR or LF, obs-fold, a control
/// character); the beginning of one, maybe, with a CR at the very end that may still become a CRLF; or a
/// whole head of `size` bytes, and more.
struct outline {
  bool sound = true;
  std::size_t size = 0;  ///< 0: not whole
};

outline outline_of(std::string_view bytes) noexcept {
  const char* const end = bytes.data() + bytes.size();
  for (const char* at = bytes.data();; at += 2) {
    at = find_control(at, end);
    const std::string_view rest{at, end};
    if (rest.empty() || rest == "\r") return {};
    if (!rest.starts_with("\r\n") || rest.starts_with("\r\n ") || rest.starts_with("\r\n\t"))
      return {.sound = false};
    if (rest.starts_with("\r\n\r\n")) return {.size = bytes.size() - rest.size() + 4};
  }
}

/// Whether Transfer-Encoding says how long the body is: `chunked` once and, in a request, last (RFC 9112
/// §6.1).
bool coding_is_sound(const field_list& fields, bool request) {
  const auto codings = fields.list("Transfer-Encoding");
  const auto chunked = std::count_if(codings.begin(), codings.end(), [](std::string_view coding) {
    return equal_ignoring_case(coding, "chunked");
  });
  const bool last = !codings.empty() && equal_ignoring_case(codings.back(), "chunked");
  return !codings.empty() && chunked <= 1 && (last || (!request && chunked == 0));
}

/// Whether everyone on the way must agree on where this message ends and whom it is for.
template <class Head>
bool unambiguous(const Head& head) {
  if (head.version != 10 && head.version != 11) return false;
  if constexpr (std::is_same_v<Head, response_head>) {
    if (head.status < 100) return false;
  }
  const auto lengths = head.fields.count("Content-Length");
  if (lengths > 1 || head.fields.count("Host") > 1) return false;
  if (lengths == 1) {
    const std::string_view length = *head.fields.find("Content-Length");
    // 18 digits fit 64 bits whatever they are.
    if (length.empty() || length.size() > 18 || !std::all_of(length.begin(), length.end(), is_digit))
      return false;
  }
  if (head.fields.count("Transfer-Encoding") == 0) return true;
  return lengths == 0 && head.version == 11 &&
         coding_is_sound(head.fields, std::is_same_v<Head, request_head>);
}

template <class Head>
result<std::optional<parsed<Head>>> parse(std::string_view bytes, std::size_t limit) {
  // One empty line before a request is to be ignored (RFC 9112 §2.2).
  const std::size_t skipped = std::is_same_v<Head, request_head> && bytes.starts_with("\r\n") ? 2 : 0;
  const std::string_view text = bytes.substr(skipped);
  const outline found = outline_of(text.substr(0, limit));
  if (!found.sound) return errc::malformed_head;
  if (found.size == 0) {
    if (text.size() >= limit) return errc::head_too_large;
    return std::nullopt;
  }
  const std::string_view raw = text.substr(0, found.size);
  const auto kept = std::make_shared_for_overwrite<char[]>(raw.size());
  std::memcpy(kept.get(), raw.data(), raw.size());
  collector<Head> parser;
  parser.header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(raw.size(), UINT32_MAX)));
  parser.body_limit(boost::none);
  error_code error;
  parser.put(boost::asio::const_buffer(kept.get(), raw.size()), error);
  if ((error && error != beast::http::error::need_more) || !parser.is_header_done())
    return errc::malformed_head;
  if (!unambiguous(parser.head)) return errc::malformed_head;
  parser.head.text = kept;
  return parsed<Head>{std::move(parser.head), skipped + raw.size()};
}

}  // namespace

result<std::optional<parsed<request_head>>> parse_request(std::string_view bytes, std::size_t limit) {
  return parse<request_head>(bytes, limit);
}

result<std::optional<parsed<response_head>>> parse_response(std::string_view bytes, std::size_t limit) {
  return parse<response_head>(bytes, limit);
}

}  // namespace lastframe::http
