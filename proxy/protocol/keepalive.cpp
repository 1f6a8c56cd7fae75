#include "proxy/protocol/keepalive.hpp"

namespace lastframe::protocol {

namespace {

std::uint64_t read_u64(const_bytes bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}

// FNV-1a: enough to tell a peer's own Pings apart; a clash only ends a clock early.
std::uint64_t digest(const_bytes bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte b : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3;
  return hash;
}

}  // namespace

keepalive::keepalive(const std::optional<keepalive_settings>& settings, std::uint64_t secret,
                     time_point now) noexcept
    : settings_(&settings), secret_(secret), heard_at_(now), pinged_at_(now), newest_at_(now) {}

void keepalive::unanswered_since(time_point now) noexcept {
  if (!unanswered_) pinged_at_ = now;
  newest_at_ = now;
  unanswered_ = true;
}

std::uint64_t keepalive::ping(time_point now) noexcept {
  unanswered_since(now);
  newest_is_ours_ = true;
  return secret_ + ++sent_;
}

void keepalive::relayed(const_bytes payload, time_point now) noexcept {
  unanswered_since(now);
  newest_is_ours_ = false;
  newest_ = digest(payload);
}

// The number of the own Ping that this Pong returns, counted from 1, or 0.
std::uint64_t keepalive::answers(const_bytes payload) const noexcept {
  if (payload.size() != sizeof secret_) return 0;
  const std::uint64_t number = read_u64(payload) - secret_;
  return number <= sent_ ? number : 0;
}

std::optional<nanoseconds> keepalive::pong(const_bytes payload, time_point now) noexcept {
  if (const std::uint64_t number = answers(payload); number != 0) {
    const bool on_time = unanswered_ && newest_is_ours_ && number == sent_;
    if (on_time) unanswered_ = false;
    return on_time ? now - pinged_at_ : nanoseconds{0};
  }
  if (unanswered_ && !newest_is_ours_ && digest(payload) == newest_) unanswered_ = false;
  return std::nullopt;
}

bool keepalive::run(bool running, time_point now) noexcept {
  const bool resumed = running && !running_;
  if (resumed) heard_at_ = pinged_at_ = newest_at_ = now;
  running_ = running;
  return resumed;
}

keepalive::verdict keepalive::judge(time_point now) noexcept {
  if (now < deadline()) return verdict::quiet;
  while (unanswered_) {
    if (heard_at_ <= pinged_at_) return verdict::lost;
    // Other bytes came instead: they count as the answer, but not to a Ping that went out later.
    unanswered_ = newest_at_ > pinged_at_;
    pinged_at_ = newest_at_;
    if (now < deadline()) return verdict::quiet;
  }
  return verdict::ping;
}

time_point keepalive::deadline() const noexcept {
  if (!running_ || !*settings_) return time_point::max();
  return unanswered_ ? pinged_at_ + (*settings_)->timeout : heard_at_ + (*settings_)->interval;
}

}  // namespace lastframe::protocol
