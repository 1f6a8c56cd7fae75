#include "proxy/config/address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>
#include <sys/un.h>

namespace lastframe::config {
namespace {

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number result{};
  const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{} || after != text.data() + text.size()) {
    return std::nullopt;
  }
  return result;
}

bool is_literal(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(family, std::string{text}.c_str(), bytes.data()) == 1;
}

// With or without a zone, as in fe80::1%eth0.
bool is_ipv6(std::string_view text) {
  const std::size_t percent = text.find('%');
  const bool zone_fits = percent == std::string_view::npos || percent + 1 < text.size();
  return zone_fits && is_literal(AF_INET6, text.substr(0, percent));
}

std::variant<address, std::string> parse_unix(std::string_view text) {
  const std::string_view path = text.substr(5);
  if (path.empty()) {
    return "`unix:` is followed by a path, such as unix:/run/lastframe.sock";
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return "a unix socket's path has at most " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes";
  }
  return address{std::string{text}, unix_path{std::string{path}}};
}

std::optional<std::string> fault_of_port(std::string_view text, port_zero zero) {
  const auto port = number<std::uint16_t>(text);
  const std::uint16_t least = zero == port_zero::allowed ? 0 : 1;
  if (text.empty()) {
    return "there is no port; an address is host:port";
  }
  if (!port || *port < least) {
    return "a port is a number from " + std::to_string(least) + " to 65535";
  }
  return std::nullopt;
}

}  // namespace

bool is_host_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  if (text.empty() || text.size() > 253 || !std::all_of(text.begin(), text.end(), fits) ||
      text.front() == '.' || text.front() == '-' || text.find("..") != std::string_view::npos) {
    return false;
  }
  // What is written in digits and dots is meant as an IPv4 address.
  return text.find_first_not_of("0123456789.") != std::string_view::npos || is_literal(AF_INET, text);
}

std::variant<address, std::string> parse_address(std::string_view text, port_zero zero) {
  if (text.substr(0, 5) == "unix:") {
    return parse_unix(text);
  }
  if (text.find("://") != std::string_view::npos) {
    return "an address is host:port, without a scheme and a path";
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || (text.back() == ']' && text.front() == '[')) {
    return "there is no port; an address is host:port, [v6]:port or unix:PATH";
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.empty()) {
    return "there is no host; 0.0.0.0 stands for every IPv4 address of the machine";
  }
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) {
      return "between [ ] stands an IPv6 address";
    }
  } else if (host.find(':') != std::string_view::npos) {
    return "an IPv6 address stands in brackets, as in \"[::1]:8080\"";
  } else if (!is_host_name(host)) {
    return "neither a host's name nor an IPv4 address";
  }
  if (auto fault = fault_of_port(port, zero)) {
    return *std::move(fault);
  }
  return address{std::string{text}, host_port{std::string{host}, *number<std::uint16_t>(port)}};
}

bool is_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return false;
  }
  const std::string base{text.substr(0, slash)};
  const auto bits = number<unsigned>(text.substr(slash + 1));
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const int family = base.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const unsigned width = family == AF_INET ? 32 : 128;
  if (!bits || *bits > width || inet_pton(family, base.c_str(), bytes.data()) != 1) {
    return false;
  }
  for (unsigned bit = *bits; bit < width; ++bit) {
    if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace lastframe::config
