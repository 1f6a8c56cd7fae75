#include "proxy/net/tls_tickets.hpp"

#include <algorithm>

#include <openssl/rand.h>

namespace lastframe::net {

namespace {

bool draw(std::span<unsigned char> into) {
  return RAND_bytes(into.data(), static_cast<int>(into.size())) == 1;
}

}  // namespace

bool ticket_keys::rotate(clock::time_point now) {
  while (!keys_.empty() && now - keys_.back().made >= period + lifetime) keys_.pop_back();
  if (!keys_.empty() && now - keys_.front().made < period) return true;
  key made{};
  if (!draw(made.name) || !draw(made.cipher) || !draw(made.mac)) return !keys_.empty();
  keys_.push_front({made, now});
  return true;
}

std::optional<ticket_keys::key> ticket_keys::current(clock::time_point now) {
  const std::lock_guard guard(lock_);
  if (!rotate(now)) return std::nullopt;
  return keys_.front().value;
}

std::optional<ticket_keys::found> ticket_keys::find(std::span<const unsigned char, 16> name,
                                                    clock::time_point now) {
  const std::lock_guard guard(lock_);
  rotate(now);
  const auto match = std::ranges::find_if(
      keys_, [&](const dated& each) { return std::ranges::equal(each.value.name, name); });
  if (match == keys_.end()) return std::nullopt;
  return found{match->value, match != keys_.begin()};
}

}  // namespace lastframe::net
