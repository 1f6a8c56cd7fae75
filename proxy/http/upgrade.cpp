#include "proxy/http/upgrade.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>

#include <openssl/evp.h>

#include "proxy/http/errc.hpp"
#include "proxy/http/target.hpp"
#include "proxy/http/text.hpp"

namespace lastframe::http {
namespace {

constexpr std::string_view key_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

constexpr bool is_alphanumeric(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

/// base64 of 16 bytes: 22 digits and the padding.
bool is_key(std::string_view key) noexcept {
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, [](char c) {
           return is_alphanumeric(c) || c == '+' || c == '/';
         });
}

constexpr bool is_host_character(char c) noexcept {
  return is_alphanumeric(c) || std::string_view{"-._~%!$&'()*+;="}.find(c) != std::string_view::npos;
}

bool is_ip_literal(std::string_view host) noexcept {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' &&
         std::all_of(host.begin() + 1, host.end() - 1,
                     [](char c) { return is_host_character(c) || c == ':'; });
}

bool is_port(std::string_view port) noexcept {
  return port.size() <= 5 && std::all_of(port.begin(), port.end(), is_digit);
}

/// The host of `host[:port]`, lower case, without a trailing dot; none if it is not one (RFC 3986 §3.2.2).
std::optional<std::string> host_of(std::string_view authority) {
  std::string_view host = authority;
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    if (!is_port(authority.substr(colon + 1))) return std::nullopt;
    host = authority.substr(0, colon);
  }
  if (is_ip_literal(host)) return lower(host);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) return std::nullopt;
  return lower(host);
}

/// Why the WebSocket part of the request is not valid, if it is not.
std::optional<refusal> find_fault(const request_head& head) {
  const field_list& fields = head.fields;
  if (head.method != "GET") return refusal{400, "An upgrade to WebSocket must be a GET request."};
  if (head.version != 11) return refusal{400, "An upgrade to WebSocket needs HTTP/1.1."};
  if (!fields.has_token("Connection", "upgrade"))
    return refusal{400, "The Connection field does not name Upgrade."};
  if (fields.count("Transfer-Encoding") != 0) return refusal{400, "An upgrade request must not have a body."};
  const auto length = fields.find("Content-Length");
  if (length && length->find_first_not_of('0') != std::string_view::npos)
    return refusal{400, "An upgrade request must not have a body."};
  if (fields.count("Sec-WebSocket-Version") != 1)
    return refusal{400, "There must be exactly one Sec-WebSocket-Version."};
  if (*fields.find("Sec-WebSocket-Version") != "13")
    return refusal{426, "Only version 13 of the WebSocket protocol is spoken here."};
  if (fields.count("Sec-WebSocket-Key") != 1)
    return refusal{400, "There must be exactly one Sec-WebSocket-Key."};
  if (!is_key(*fields.find("Sec-WebSocket-Key")))
    return refusal{400, "The Sec-WebSocket-Key is not 16 bytes in base64."};
  return std::nullopt;
}

std::string_view extension_name(std::string_view extension) noexcept {
  return trim(extension.substr(0, extension.find(';')));
}

/// Looked up once: OpenSSL would do so for each digest, which costs more than the digest. Freed with the
/// process.
const EVP_MD* sha1() noexcept {
  static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return found;
}

/// Kept by each thread, since making one costs as much as a digest.
EVP_MD_CTX* digest_context() {
  struct freed {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, freed> kept{EVP_MD_CTX_new()};
  return kept.get();
}

/// Of one text behind the other. Empty if OpenSSL refuses.
std::span<const unsigned char> sha1_of(std::string_view text, std::string_view more,
                                       std::array<unsigned char, EVP_MAX_MD_SIZE>& into) {
  EVP_MD_CTX* const context = digest_context();
  unsigned size = 0;
  const bool done = context != nullptr && EVP_DigestInit_ex2(context, sha1(), nullptr) == 1 &&
                    EVP_DigestUpdate(context, text.data(), text.size()) == 1 &&
                    EVP_DigestUpdate(context, more.data(), more.size()) == 1 &&
                    EVP_DigestFinal_ex(context, into.data(), &size) == 1;
  return std::span(into).first(done ? size : 0);
}

template <class Range>
bool contains(const Range& range, std::string_view value) noexcept {
  return std::find(range.begin(), range.end(), value) != range.end();
}

}  // namespace

std::variant<upgrade_offer, refusal> judge_upgrade(const request_head& head) {
  if (!head.fields.has_token("Upgrade", "websocket"))
    return refusal{426, "Only WebSocket upgrades are served here."};
  if (const auto fault = find_fault(head)) return *fault;
  const auto [authority, origin] = split_target(head.target);
  if (origin.empty() || origin.find('#') != std::string_view::npos)
    return refusal{400, "The request's target is not a path."};
  const auto host_field = head.fields.find("Host");
  const auto host = host_field ? host_of(*host_field) : std::nullopt;
  if (!host) return refusal{400, "The Host field is missing or is not a host."};
  // What the target names would win over the Host field upstream, and the Host field here.
  if (!authority.empty() && !equal_ignoring_case(authority, *host_field))
    return refusal{400, "The request's target and its Host field name different hosts."};

  upgrade_offer offer;
  offer.host = *host;
  offer.path = origin.substr(0, origin.find('?'));
  offer.key = *head.fields.find("Sec-WebSocket-Key");
  offer.subprotocols = head.fields.list("Sec-WebSocket-Protocol");
  offer.extensions = head.fields.list("Sec-WebSocket-Extensions");
  std::ranges::transform(offer.extensions, offer.extensions.begin(), extension_name);
  return offer;
}

result<agreement> check_upgrade_answer(const upgrade_offer& offer, const response_head& head) {
  const field_list& fields = head.fields;
  const bool switched = head.status == 101 && head.version == 11 && fields.count("Upgrade") == 1 &&
                        equal_ignoring_case(*fields.find("Upgrade"), "websocket") &&
                        fields.has_token("Connection", "upgrade");
  if (!switched) return errc::bad_upgrade_answer;
  if (fields.count("Sec-WebSocket-Accept") != 1 ||
      *fields.find("Sec-WebSocket-Accept") != accept_value(offer.key))
    return errc::bad_upgrade_answer;

  agreement agreed;
  if (const auto chosen = fields.find("Sec-WebSocket-Protocol")) {
    if (fields.count("Sec-WebSocket-Protocol") != 1 || !contains(offer.subprotocols, *chosen))
      return errc::bad_upgrade_answer;
    agreed.subprotocol = *chosen;
  }
  for (const auto extension : fields.list("Sec-WebSocket-Extensions")) {
    const std::string_view name = extension_name(extension);
    if (!contains(offer.extensions, name)) return errc::bad_upgrade_answer;
    if (name == "permessage-deflate") {
      // Twice is nothing that an endpoint could carry out (RFC 7692 §5.1).
      if (agreed.deflate) return errc::bad_upgrade_answer;
      agreed.deflate = true;
    } else {
      agreed.other_extension = true;
    }
  }
  return agreed;
}

std::string accept_value(std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> buffer{};
  const std::span digest = sha1_of(key, key_suffix, buffer);
  if (digest.empty()) return {};
  // 20 bytes make 28 digits, and EVP_EncodeBlock adds a NUL.
  std::array<unsigned char, 29> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return {base64.begin(), base64.begin() + length};
}

}  // namespace lastframe::http
