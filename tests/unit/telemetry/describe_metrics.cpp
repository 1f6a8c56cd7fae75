// Prints docs/metrics.md, or with the argument `rules` its example queries as rules that promtool can parse.
#include <iostream>
#include <string>
#include <string_view>

#include "telemetry/metric_info.hpp"
#include "telemetry/vocabulary.hpp"

namespace lastframe::telemetry {
namespace {

constexpr std::string_view head = R"(# Metrics

What `/metrics` shows, written by `describe_metrics` from the descriptions that the proxy itself gives; do not edit.
Counters and histograms begin at 0 with the process, and every series that can be known beforehand is there from the
start. Queries are examples: put your own labels and ranges. What ships with them in use is under
[deploy/grafana](../deploy/grafana) and [deploy/prometheus](../deploy/prometheus); what to do about a code or a cause is in
the [runbook](runbook.md).

)";

constexpr std::string_view labels_head = R"(## Labels

No peer can add values without end: what is not in this list is not shown, or falls under `other`.

| label | values |
| --- | --- |
| `route` | the route's name; `none` where no route was found yet |
)";

constexpr std::string_view labels_rest =
    R"(| `code` | 1000 to 1015, the codes of the configuration, and each code from 3000 to 4999 that is among the first `telemetry.max_codes` that an upstream sent; `other` for the rest |
| `name` | the name of the code: from RFC 6455 and IANA's registry, or from `telemetry.app_codes` |
| `endpoint` | the address of an upstream, as configured |
| `version` | what `lastframe --version` says |
)";

template <class Enum>
void print_values(std::string_view label, std::size_t count) {
  std::cout << "| `" << label << "` | ";
  for (std::size_t i = 0; i < count; ++i) {
    std::cout << (i == 0 ? "`" : ", `") << to_string(static_cast<Enum>(i)) << '`';
  }
  std::cout << " |\n";
}

std::string_view type_name(prometheus::MetricType type) {
  if (type == prometheus::MetricType::Counter) return "counter";
  return type == prometheus::MetricType::Gauge ? "gauge" : "histogram";
}

void print_labels() {
  std::cout << labels_head;
  print_values<leg>("leg", 2);
  print_values<initiator>("initiator", 3);
  print_values<cause>("cause", cause_count);
  print_values<upgrade_result>("result", upgrade_result_count);
  print_values<direction>("direction", 2);
  std::cout << labels_rest;
}

void print_metric(const metric_info& one) {
  std::cout << "\n## `" << one.name << "`\n\n" << one.help << "\n\n";
  std::cout << "A " << type_name(one.type) << "; unit: " << one.unit << "; labels: ";
  std::cout << (one.labels.empty() ? "none" : one.labels) << ".\n\n";
  std::cout << "```promql\n" << one.query << "\n```\n\n" << one.tells << '\n';
}

void print_page() {
  std::cout << head;
  print_labels();
  for (const metric_info& one : all_metrics()) print_metric(one);
}

void print_rules() {
  std::cout << "groups:\n  - name: examples\n    rules:\n";
  for (const metric_info& one : all_metrics()) {
    std::string query{one.query};
    for (auto at = query.find('\n'); at != std::string::npos; at = query.find('\n')) query[at] = ' ';
    std::cout << "      - record: example:" << one.name << "\n        expr: >-\n          " << query << '\n';
  }
}

}  // namespace
}  // namespace lastframe::telemetry

int main(int count, char** arguments) {
  const bool rules = count > 1 && std::string_view{arguments[1]} == "rules";
  if (rules) {
    lastframe::telemetry::print_rules();
  } else {
    lastframe::telemetry::print_page();
  }
  return std::cout.flush() ? 0 : 1;
}
