#include "tests/bench/load/handshake.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace lastframe::bench {
namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string accept_for(std::string_view key) {
  const std::string text = std::string(key) + std::string(guid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> encoded;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), SHA_DIGEST_LENGTH);
  return {encoded.begin(), encoded.begin() + length};
}

std::string_view value_of(std::string_view head, std::string_view lower_name) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto found = std::search(head.begin(), head.end(), lower_name.begin(), lower_name.end(), same);
  auto rest = head.substr(static_cast<std::size_t>(found - head.begin()));
  rest.remove_prefix(std::min(rest.size(), lower_name.size()));
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
  return rest.substr(0, rest.find('\r'));
}

}  // namespace

std::string upgrade_request(std::string_view path) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: bench.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

std::string upgrade_answer(std::string_view request) {
  const std::string_view key = value_of(request, "\r\nsec-websocket-key:");
  if (key.empty()) return {};
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_for(key) + "\r\n\r\n";
}

std::string_view path_of(std::string_view request) {
  const std::size_t begin = std::min(request.size(), request.find(' ') + 1);
  return request.substr(begin, request.find(' ', begin) - begin);
}

}  // namespace lastframe::bench
