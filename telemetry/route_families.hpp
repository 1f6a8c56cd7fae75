// Makes metric families: single series, and the sums of the workers' route counters. For .cpp files only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "telemetry/catalogue.hpp"
#include "telemetry/recorder.hpp"

namespace lastframe::telemetry {

using metric_labels = std::vector<prometheus::ClientMetric::Label>;

inline prometheus::ClientMetric::Label metric_label(std::string name, std::string_view value) {
  return {std::move(name), std::string{value}};
}

inline void add_metric(prometheus::MetricFamily& to, metric_labels with, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(with);
  (to.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  to.metric.push_back(std::move(metric));
}

/// The sum over `workers` of the histograms that `read(recorder)` refers to; they have the same bounds.
template <class Read>
prometheus::ClientMetric::Histogram sum_histograms(const std::vector<const recorder*>& workers, Read read) {
  prometheus::ClientMetric::Histogram total;
  for (const recorder* const worker : workers) {
    const auto& histogram = read(*worker);
    if (total.bucket.empty()) {
      for (const double bound : histogram.bounds()) total.bucket.push_back({0, bound});
    }
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < total.bucket.size(); ++i) {
      cumulative += histogram.buckets()[i].get();
      total.bucket[i].cumulative_count += cumulative;
    }
    total.sample_count += cumulative + histogram.buckets().back().get();
    total.sample_sum += histogram.sum_seconds();
  }
  return total;
}

/// Makes the families that have one or more series per route. `none` is shown once it counted something,
/// unless it is known to.
class route_families {
 public:
  route_families(const catalogue& names, const std::vector<const recorder*>& workers,
                 std::vector<prometheus::MetricFamily>& out)
      : names_(names), workers_(workers), out_(out), routes_(names.routes.size()) {
    std::iota(routes_.begin(), routes_.end(), std::size_t{0});
    routes_.push_back(no_route);
  }

  /// `read(route_tally)` gives a number.
  template <class Read>
  void numbers(prometheus::MetricFamily to, Read read) {
    for (const std::size_t route : routes_) add_number(to, route, {}, read);
    out_.push_back(std::move(to));
  }

  /// `read(route_tally, value)` gives a number for each value of a label; `without_route` are those that
  /// `none` shows from the start.
  template <class Value, std::size_t N, class Read>
  void numbers_by(const char* name, const std::array<Value, N>& values, prometheus::MetricFamily to,
                  Read read, std::initializer_list<Value> without_route = {}) {
    for (const std::size_t route : routes_) {
      for (const Value value : values) {
        const bool known =
            std::find(without_route.begin(), without_route.end(), value) != without_route.end();
        add_number(
            to, route, {metric_label(name, to_string(value))},
            [&](const route_tally& tally) { return read(tally, value); }, known);
      }
    }
    out_.push_back(std::move(to));
  }

  /// `read(route_tally)` gives a reference to a histogram.
  template <class Read>
  void histograms(prometheus::MetricFamily to, Read read) {
    for (const std::size_t route : routes_) add_histogram(to, route, {}, read);
    out_.push_back(std::move(to));
  }

  /// `read(route_tally, value)` gives a reference to a histogram for each value of a label.
  template <class Value, std::size_t N, class Read>
  void histograms_by(const char* name, const std::array<Value, N>& values, prometheus::MetricFamily to,
                     Read read) {
    for (const std::size_t route : routes_) {
      for (const Value value : values) {
        add_histogram(
            to, route, {metric_label(name, to_string(value))}, [&](const route_tally& tally) -> const auto& {
              return read(tally, value);
            });
      }
    }
    out_.push_back(std::move(to));
  }

 private:
  [[nodiscard]] metric_labels with_route(std::size_t route, metric_labels more) const {
    more.insert(more.begin(), metric_label("route", names_.route_name(route)));
    return more;
  }

  template <class Read>
  void add_number(prometheus::MetricFamily& to, std::size_t route, metric_labels more, Read read,
                  bool known_without_route = false) const {
    double total = 0;
    for (const recorder* const worker : workers_) total += static_cast<double>(read(worker->route(route)));
    if (route == no_route && total == 0 && !known_without_route) return;
    add_metric(to, with_route(route, std::move(more)), total);
  }

  template <class Read>
  void add_histogram(prometheus::MetricFamily& to, std::size_t route, metric_labels more, Read read) const {
    prometheus::ClientMetric metric;
    metric.histogram = sum_histograms(
        workers_, [&](const recorder& worker) -> const auto& { return read(worker.route(route)); });
    if (route == no_route && metric.histogram.sample_count == 0) return;
    metric.label = with_route(route, std::move(more));
    to.metric.push_back(std::move(metric));
  }

  const catalogue& names_;
  const std::vector<const recorder*>& workers_;
  std::vector<prometheus::MetricFamily>& out_;
  std::vector<std::size_t> routes_;
};

}  // namespace lastframe::telemetry
