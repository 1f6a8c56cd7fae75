// A whole proxy inside the test's process, on free ports of loopback, and what it says of itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/load.hpp"
#include "tests/support/raw_peer.hpp"

namespace lastframe::server {
class proxy;
}

namespace lastframe::support {

/// An endpoint or a listener as a configuration would have it.
[[nodiscard]] config::address parse_address(const std::string& text);

/// Two workers, a listener and telemetry on free ports of 127.0.0.1, one route `r` to `endpoints`, no log but
/// of errors. All else is as configured by default; tests change what they are about.
[[nodiscard]] config::settings settings_for(const std::vector<std::string>& endpoints);

using labels = std::map<std::string, std::string>;

/// One scrape of /metrics.
class scrape {
 public:
  explicit scrape(std::string_view text);

  /// The sum over all series of that name whose labels include `some`.
  [[nodiscard]] double sum(const std::string& name, const labels& some = {}) const;
  /// Each leg that was closed, as `client 1014 upstream eof`: leg, code, initiator, cause. Sorted; as often
  /// as counted.
  [[nodiscard]] std::vector<std::string> closes() const;

 private:
  struct series {
    std::string name;
    support::labels labels;
    double value;
  };
  std::vector<series> all_;
};

/// A proxy and its telemetry, as a test's peers see them. Used by one thread.
class proxy_under_test {
 public:
  explicit proxy_under_test(config::settings settings);
  proxy_under_test(const proxy_under_test&) = delete;
  proxy_under_test& operator=(const proxy_under_test&) = delete;
  ~proxy_under_test();

  [[nodiscard]] const std::string& address(std::size_t listener = 0) const;

  /// The body of a page of the telemetry server; its status in `status` if that is not null.
  [[nodiscard]] std::string page(std::string_view path, int* status = nullptr) const;
  [[nodiscard]] scrape metrics() const;
  /// Scrapes until `enough` is true of a scrape, and returns it. Throws when patience is over.
  scrape await(const std::function<bool(const scrape&)>& enough) const;
  /// Scrapes until that series' sum is `value`.
  scrape await(const std::string& name, const labels& some, double value) const;
  /// All closes as soon as `n` legs are counted.
  [[nodiscard]] std::vector<std::string> closes(std::size_t n) const;

  /// Serves by other settings from here on, or by none where there are faults. Whether they are in force: all
  /// that is connected from here on is served by them.
  bool reload(config::load_result read);
  bool reload(config::settings settings);

  /// Drains to the end, on a thread of its own from `begin_drain` to `end_drain`, which says how long it
  /// took.
  void begin_drain();
  std::chrono::milliseconds end_drain();
  [[nodiscard]] bool drained() const noexcept;

 private:
  struct draining;
  std::unique_ptr<server::proxy> proxy_;
  std::unique_ptr<draining> draining_;
};

/// Both ends of an open tunnel.
struct tunnel_ends {
  raw_peer client;
  raw_peer upstream;
};

/// What stands in the two requests and answers.
struct opening {
  std::string_view path = "/";
  std::string_view request_fields = {};
  std::string_view answer_fields = {};
};

/// Opens a tunnel through `proxy` to `service`; the client has read its 101.
[[nodiscard]] tunnel_ends open_tunnel(const proxy_under_test& proxy, raw_service& service,
                                      const opening& how = {});

}  // namespace lastframe::support
