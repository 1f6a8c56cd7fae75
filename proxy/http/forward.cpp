#include "proxy/http/forward.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

#include "proxy/http/target.hpp"
#include "proxy/http/text.hpp"

namespace lastframe::http {
namespace {

/// A head that is being written, into memory that is mostly taken once.
class head_writer {
 public:
  explicit head_writer(std::size_t room) : text_(room, '\0') {}

  head_writer& add(std::string_view part) {
    if (part.size() > text_.size() - size_) grow(part.size());
    size_ += part.copy(text_.data() + size_, part.size());
    return *this;
  }
  head_writer& field(std::string_view name, std::string_view value) {
    return add(name).add(": ").add(value).add("\r\n");
  }
  /// What was written, and the end of the head.
  [[nodiscard]] std::string finish(std::string_view body = {}) {
    add("\r\n").add(body);
    text_.resize(size_);
    return std::move(text_);
  }

 private:
  [[gnu::noinline]] void grow(std::size_t by) { text_.resize(2 * (size_ + by)); }

  std::string text_;
  std::size_t size_ = 0;
};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return equal_ignoring_case(name, each); });
}

/// Fields that concern one connection only (RFC 9110 §7.6.1), and a proxy's own credentials.
bool is_hop_by_hop(std::string_view name) noexcept {
  return is_one_of(
      name, {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
             "HTTP2-Settings", "Proxy-Authenticate", "Proxy-Authorization"});
}

/// Whether Connection may not have this field dropped: a client would use that to hide from upstream what the
/// proxy has judged.
bool is_protected(std::string_view name) noexcept {
  return starts_ignoring_case(name, "Sec-WebSocket-") || equal_ignoring_case(name, "Host");
}

/// Whether the field says who the client is. Services that read `_` as `-` must not be fooled either.
bool is_forwarding(std::string_view name) noexcept {
  const auto same = [](char found, char meant) {
    return found == '_' ? meant == '-' : lower(found) == meant;
  };
  constexpr std::string_view prefix = "x-forwarded-";
  return std::ranges::equal(name.substr(0, prefix.size()), prefix, same) ||
         equal_ignoring_case(name, "Forwarded");
}

/// The names that the Connection fields have dropped.
class named_in_connection {
 public:
  explicit named_in_connection(const field_list& fields) : names_{fields.list("Connection")} {}

  bool operator()(std::string_view name) const noexcept {
    return std::any_of(names_.begin(), names_.end(),
                       [&](std::string_view each) { return equal_ignoring_case(name, each); });
  }

 private:
  std::vector<std::string_view> names_;
};

void put_quoted(head_writer& out, std::string_view text) {
  out.add("\"");
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"' && text[i] != '\\') continue;
    out.add(text.substr(written, i - written)).add("\\");
    written = i;
  }
  out.add(text.substr(written)).add("\"");
}

/// Forwarded, with one element (RFC 7239 §4).
void put_forwarded(head_writer& out, const forwarding& how, std::string_view host) {
  out.add("Forwarded: for=");
  if (how.client_address.empty()) {
    out.add("unknown");
  } else if (how.client_address.find(':') != std::string_view::npos) {
    out.add("\"[").add(how.client_address).add("]\"");
  } else {
    out.add(how.client_address);
  }
  if (!host.empty()) put_quoted(out.add(";host="), host);
  out.add(";proto=").add(how.proto).add("\r\n");
}

/// With room for the head of most answers.
head_writer status_line(unsigned status, std::string_view reason) {
  head_writer out(480);
  out.add("HTTP/1.1 ").add(std::to_string(status)).add(" ").add(reason).add("\r\n");
  return out;
}

constexpr std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 408:
      return "Request Timeout";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";
  }
}

}  // namespace

std::string forward_upgrade(const request_head& head, const forwarding& how) {
  const named_in_connection named{head.fields};
  const std::string_view asked_host = head.fields.find("Host").value_or("");
  head_writer out(960);
  out.add(head.method).add(" ").add(split_target(head.target).origin).add(" HTTP/1.1\r\n");
  bool connection = false;
  bool upgrade = false;
  for (const auto& [name, value] : head.fields) {
    if (equal_ignoring_case(name, "Connection")) {
      if (!std::exchange(connection, true)) out.field(name, "Upgrade");
    } else if (equal_ignoring_case(name, "Upgrade")) {
      if (!std::exchange(upgrade, true)) out.field(name, "websocket");
    } else if (equal_ignoring_case(name, "Host")) {
      out.field(name, how.upstream_host.empty() ? value : how.upstream_host);
    } else if (!is_hop_by_hop(name) && !is_forwarding(name) && (!named(name) || is_protected(name))) {
      out.field(name, value);
    }
  }
  if (!how.client_address.empty()) out.field("X-Forwarded-For", how.client_address);
  out.field("X-Forwarded-Proto", how.proto);
  if (!asked_host.empty()) out.field("X-Forwarded-Host", asked_host);
  put_forwarded(out, how, asked_host);
  return out.finish();
}

std::string forward_answer(const response_head& head) {
  const named_in_connection named{head.fields};
  head_writer out = status_line(101, "Switching Protocols");
  bool connection = false;
  for (const auto& [name, value] : head.fields) {
    if (equal_ignoring_case(name, "Connection")) {
      if (!std::exchange(connection, true)) out.field(name, "Upgrade");
    } else if (equal_ignoring_case(name, "Upgrade")) {
      out.field(name, value);
    } else if (equal_ignoring_case(name, "Content-Length")) {
      // A 101 has no body; a client that believed the field would take frames for one.
      continue;
    } else if (!is_hop_by_hop(name) && (!named(name) || is_protected(name))) {
      out.field(name, value);
    }
  }
  return out.finish();
}

std::string forward_refusal(const response_head& head) {
  head_writer out = status_line(head.status, head.reason);
  for (const auto& [name, value] : head.fields)
    if (!is_one_of(name, {"Connection", "Keep-Alive", "Proxy-Connection"})) out.field(name, value);
  out.field("Connection", "close");
  return out.finish();
}

std::string own_answer(const upgrade_offer& offer) {
  head_writer out = status_line(101, "Switching Protocols");
  out.field("Upgrade", "websocket");
  out.field("Connection", "Upgrade");
  out.field("Sec-WebSocket-Accept", accept_value(offer.key));
  if (!offer.subprotocols.empty()) out.field("Sec-WebSocket-Protocol", offer.subprotocols.front());
  return out.finish();
}

std::string plain_answer(unsigned status, std::string_view why) {
  head_writer out = status_line(status, reason_phrase(status));
  out.field("Content-Type", "text/plain; charset=utf-8");
  out.field("Content-Length", std::to_string(why.size() + 1));
  if (status == 426) {
    out.field("Upgrade", "websocket");
    out.field("Sec-WebSocket-Version", "13");
    out.field("Connection", "Upgrade, close");
  } else {
    out.field("Connection", "close");
  }
  return out.finish(std::string(why) + "\n");
}

body_length response_body(const response_head& head) {
  using kind = body_length::kind;
  if (head.status < 200 || head.status == 204 || head.status == 304) return {kind::none, 0};
  if (const auto codings = head.fields.list("Transfer-Encoding"); !codings.empty())
    return {equal_ignoring_case(codings.back(), "chunked") ? kind::chunked : kind::until_eof, 0};
  if (const auto length = head.fields.find("Content-Length"))
    return {kind::sized, std::stoull(std::string{*length})};
  return {kind::until_eof, 0};
}

}  // namespace lastframe::http
