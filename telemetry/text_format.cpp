#include "telemetry/text_format.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lastframe::telemetry {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string_view name_of(MetricType type) {
  if (type == MetricType::Counter) return "counter";
  return type == MetricType::Histogram ? "histogram" : "gauge";
}

void append_escaped(std::string& out, std::string_view text, std::string_view special) {
  for (auto at = text.find_first_of(special); at != std::string_view::npos;
       at = text.find_first_of(special)) {
    out.append(text.substr(0, at)).append(1, '\\').append(1, text[at] == '\n' ? 'n' : text[at]);
    text.remove_prefix(at + 1);
  }
  out.append(text);
}

template <class Number>
void append_number(std::string& out, Number number) {
  // The largest double has 309 digits before the point.
  std::array<char, std::numeric_limits<double>::max_exponent10 + 32> digits;
  char* end = nullptr;
  if constexpr (std::is_integral_v<Number>) {
    end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  } else {
    end = std::to_chars(digits.begin(), digits.end(), number, std::chars_format::fixed).ptr;
  }
  out.append(digits.begin(), end);
}

class writer {
 public:
  std::string take() { return std::move(out_); }

  void add(const MetricFamily& family) {
    out_.append("# HELP ").append(family.name).append(1, ' ');
    append_escaped(out_, family.help, "\\\n");
    out_.append("\n# TYPE ").append(family.name).append(1, ' ').append(name_of(family.type)).append(1, '\n');
    for (const ClientMetric& metric : family.metric) {
      if (family.type == MetricType::Histogram) {
        add_histogram(family.name, metric);
      } else {
        begin(family.name, "", metric);
        end(family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value);
      }
    }
  }

 private:
  /// A series' name and labels; `le` is a histogram's bound, if it has one.
  void begin(std::string_view name, std::string_view suffix, const ClientMetric& metric,
             const double* le = nullptr) {
    out_.append(name).append(suffix);
    char separator = '{';
    for (const ClientMetric::Label& label : metric.label) {
      out_.append(1, separator).append(label.name).append("=\"");
      append_escaped(out_, label.value, "\\\"\n");
      out_.append(1, '"');
      separator = ',';
    }
    if (le != nullptr) {
      out_.append(1, separator).append("le=\"");
      if (*le == std::numeric_limits<double>::infinity()) {
        out_.append("+Inf");
      } else {
        append_number(out_, *le);
      }
      out_.append(1, '"');
    }
    out_.append(separator == '{' && le == nullptr ? " " : "} ");
  }

  template <class Number>
  void end(Number value) {
    append_number(out_, value);
    out_.append(1, '\n');
  }

  void add_histogram(std::string_view name, const ClientMetric& metric) {
    for (const ClientMetric::Bucket& bucket : metric.histogram.bucket) {
      begin(name, "_bucket", metric, &bucket.upper_bound);
      end(bucket.cumulative_count);
    }
    constexpr double above_all = std::numeric_limits<double>::infinity();
    begin(name, "_bucket", metric, &above_all);
    end(metric.histogram.sample_count);
    begin(name, "_sum", metric);
    end(metric.histogram.sample_sum);
    begin(name, "_count", metric);
    end(metric.histogram.sample_count);
  }

  std::string out_;
};

}  // namespace

std::string to_text(const std::vector<MetricFamily>& families) {
  writer text;
  for (const MetricFamily& family : families) text.add(family);
  return text.take();
}

}  // namespace lastframe::telemetry
