#include "proxy/net/resolver.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <netdb.h>

namespace lastframe::net {

using std::chrono::steady_clock;

/// All that a lookup's thread touches.
struct resolver::shared {
  const lookup find;
  std::mutex guard;
  resolver* owner;  // null once it is gone; written under `guard`
};

namespace {

error_code system_error(int number) {
  return {number, boost::system::system_category()};
}

error_code as_error(int fault) {
  if (fault == EAI_SYSTEM) return system_error(errno);
  if (fault == EAI_MEMORY) return system_error(ENOMEM);
  return asio::error::host_not_found;
}

asio::ip::address address_of(const addrinfo& from) {
  asio::ip::tcp::endpoint where;
  where.resize(from.ai_addrlen);
  std::memcpy(where.data(), from.ai_addr, from.ai_addrlen);
  return where.address();
}

// What is thrown on a thread of nobody's would end the process.
resolution look_up(const resolver::lookup& find, const std::string& name) {
  try {
    return find(name);
  } catch (const std::exception&) {
    return system_error(ENOMEM);
  }
}

}  // namespace

resolution system_lookup(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int fault = ::getaddrinfo(name.c_str(), nullptr, &hints, &list); fault != 0)
    return as_error(fault);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, &::freeaddrinfo);
  std::vector<asio::ip::address> found;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET || each->ai_family == AF_INET6) found.push_back(address_of(*each));
  }
  if (found.empty()) return error_code(asio::error::host_not_found);
  return found;
}

resolver::resolver(event_loop& loop, lookup find, lifetimes kept)
    : loop_(loop), kept_(kept), shared_(new shared{std::move(find), {}, this}) {}

resolver::~resolver() {
  const std::lock_guard lock(shared_->guard);
  shared_->owner = nullptr;
}

std::optional<asio::ip::address> resolver::literal(const std::string& host) {
  error_code none;
  // The system's reading of either kind, and each dial asks: so not both.
  const auto address = host.find(':') == std::string::npos
                           ? asio::ip::address(asio::ip::make_address_v4(host, none))
                           : asio::ip::make_address_v6(host, none);
  return none ? std::nullopt : std::optional(address);
}

task<resolution> resolver::resolve(std::string host, time_point at) {
  if (const auto address = literal(host)) co_return std::vector{*address};
  entry& asked = names_[host];
  if (!asked.under_way && steady_clock::now() >= asked.stale) begin(host, asked);
  if (asked.under_way) co_await asked.waiting.wait(loop_, at);
  if (asked.under_way) co_return error_code(asio::error::timed_out);
  co_return asked.found;
}

void resolver::begin(const std::string& name, entry& asked) {
  asked.under_way = true;
  try {
    std::thread([name, common = shared_] {
      resolution found = look_up(common->find, name);
      const std::lock_guard lock(common->guard);
      if (common->owner == nullptr) return;
      common->owner->loop_.post([name, common, found = std::move(found)]() mutable {
        if (common->owner != nullptr) common->owner->done(name, std::move(found));
      });
    }).detach();
  } catch (const std::system_error&) {
    done(name, system_error(ENOMEM));
  }
}

void resolver::done(const std::string& name, resolution found) {
  entry& asked = names_[name];
  asked.stale = steady_clock::now() + (found ? kept_.found : kept_.failed);
  asked.found = std::move(found);
  asked.under_way = false;
  asked.waiting.wake_all();
}

}  // namespace lastframe::net
