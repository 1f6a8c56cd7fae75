#include "telemetry/process_metrics.hpp"

#include <chrono>
#include <map>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace lastframe::telemetry {
namespace {

std::map<std::string, double> read() {
  std::map<std::string, double> values;
  for (const auto& family : process_metrics()) {
    const auto& metric = family.metric.at(0);
    values[family.name] =
        family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
  return values;
}

TEST(process_metrics, have_the_names_that_prometheus_clients_use) {
  const auto values = read();
  for (const char* name :
       {"process_cpu_seconds_total", "process_open_fds", "process_max_fds", "process_virtual_memory_bytes",
        "process_resident_memory_bytes", "process_start_time_seconds"}) {
    EXPECT_EQ(values.count(name), 1U) << name;
    EXPECT_GT(values.at(name), 0) << name;
  }
  EXPECT_LE(values.at("process_resident_memory_bytes"), values.at("process_virtual_memory_bytes"));
}

TEST(process_metrics, count_a_descriptor_when_it_is_opened) {
  const double before = read().at("process_open_fds");
  const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  EXPECT_EQ(read().at("process_open_fds"), before + 1);
  ::close(descriptor);
}

TEST(process_metrics, say_that_this_process_started_in_the_last_minutes) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double started = read().at("process_start_time_seconds");
  EXPECT_LE(started, now + 1);
  EXPECT_GT(started, now - 600);
}

}  // namespace
}  // namespace lastframe::telemetry
