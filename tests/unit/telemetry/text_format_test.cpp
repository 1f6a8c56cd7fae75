#include "telemetry/text_format.hpp"

#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

namespace lastframe::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily gauge(double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  return {"a", "An a.", MetricType::Gauge, {metric}};
}

MetricFamily histogram() {
  ClientMetric metric;
  metric.label = {{"route", "chat"}};
  metric.histogram = {3, 60.004, {{0, 0.0005}, {2, 0.25}, {2, 86400}}};
  return {"h_seconds", "How long, in seconds.", MetricType::Histogram, {metric}};
}

TEST(text_format, writes_a_series_with_and_without_labels) {
  EXPECT_EQ(to_text({gauge(1.5)}), "# HELP a An a.\n# TYPE a gauge\na 1.5\n");
  EXPECT_EQ(to_text({gauge(-2, {{"x", "1"}, {"y", ""}})}),
            "# HELP a An a.\n# TYPE a gauge\na{x=\"1\",y=\"\"} -2\n");
}

TEST(text_format, writes_a_histogram_with_its_bounds_as_they_are_read) {
  EXPECT_EQ(to_text({histogram()}),
            "# HELP h_seconds How long, in seconds.\n"
            "# TYPE h_seconds histogram\n"
            "h_seconds_bucket{route=\"chat\",le=\"0.0005\"} 0\n"
            "h_seconds_bucket{route=\"chat\",le=\"0.25\"} 2\n"
            "h_seconds_bucket{route=\"chat\",le=\"86400\"} 2\n"
            "h_seconds_bucket{route=\"chat\",le=\"+Inf\"} 3\n"
            "h_seconds_sum{route=\"chat\"} 60.004\n"
            "h_seconds_count{route=\"chat\"} 3\n");
}

TEST(text_format, escapes_label_values_and_help) {
  MetricFamily odd = gauge(0, {{"x", "a\"b\\c\nd"}});
  odd.help = "One \"line\",\nand \\.";
  EXPECT_EQ(to_text({odd}),
            "# HELP a One \"line\",\\nand \\\\.\n# TYPE a gauge\na{x=\"a\\\"b\\\\c\\nd\"} 0\n");
}

TEST(text_format, loses_no_digit_of_a_number) {
  for (const double value : {0.1, 1.0 / 3, 1e-9, 9007199254740991.0, 1e22, 1.7976931348623157e308}) {
    const std::string text = to_text({gauge(value)});
    EXPECT_EQ(std::stod(text.substr(text.rfind(' '))), value);
    EXPECT_EQ(text.find('e', text.rfind(' ')), std::string::npos) << "an exponent";
  }
}

std::multiset<std::string> lines_of(const std::string& text) {
  std::multiset<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

TEST(text_format, says_what_the_client_library_says) {
  MetricFamily counters{"c_total", "Some text.", MetricType::Counter, {}};
  for (const char* const value : {"plain", "q\"uote", "back\\slash", "new\nline", "ü"}) {
    ClientMetric metric;
    metric.label = {{"route", value}, {"leg", "client"}};
    metric.counter.value = 17;
    counters.metric.push_back(metric);
  }
  const std::vector<MetricFamily> all{counters, gauge(3), histogram()};
  EXPECT_EQ(lines_of(to_text(all)), lines_of(prometheus::TextSerializer{}.Serialize(all)));
}

}  // namespace
}  // namespace lastframe::telemetry
