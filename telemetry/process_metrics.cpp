#include "telemetry/process_metrics.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "telemetry/metric_info.hpp"
#include "telemetry/route_families.hpp"

namespace lastframe::telemetry {

namespace {

using prometheus::MetricFamily;

MetricFamily single(const char* name, double value) {
  MetricFamily family = empty_family(name);
  add_metric(family, {}, value);
  return family;
}

double seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Of /proc/self/stat: fields 22 to 24 (proc(5)).
struct process_stat {
  double start_ticks = 0;  ///< since the machine started
  double virtual_bytes = 0;
  double resident_pages = 0;
};

std::optional<process_stat> read_stat() {
  std::ifstream file{"/proc/self/stat"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto end_of_name = text.rfind(')');  // the name may hold anything
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream fields{text.substr(end_of_name + 1)};
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  process_stat stat;
  fields >> stat.start_ticks >> stat.virtual_bytes >> stat.resident_pages;
  return fields ? std::optional{stat} : std::nullopt;
}

std::optional<double> open_descriptors() {
  // Since Linux 6.2 its size says how many there are; to list 20,000 of them takes 20 ms.
  struct stat directory {};
  if (::stat("/proc/self/fd", &directory) == 0 && directory.st_size > 0) {
    return static_cast<double>(directory.st_size);
  }
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator at{"/proc/self/fd", error}, end; !error && at != end;
       at.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  return count - 1;  // that of the listing itself
}

double start_time(double start_ticks) {
  timespec now{};
  timespec up{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  const double age = seconds(up) - start_ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return seconds(now) - age;
}

}  // namespace

std::vector<MetricFamily> process_metrics() {
  std::vector<MetricFamily> families;
  timespec cpu{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0) {
    families.push_back(single("process_cpu_seconds_total", seconds(cpu)));
  }
  if (const auto open = open_descriptors()) {
    families.push_back(single("process_open_fds", *open));
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families.push_back(single("process_max_fds", static_cast<double>(limit.rlim_cur)));
  }
  if (const auto stat = read_stat()) {
    // Once: else it would wander with the clock.
    static const double started = start_time(stat->start_ticks);
    families.push_back(single("process_virtual_memory_bytes", stat->virtual_bytes));
    families.push_back(single("process_resident_memory_bytes",
                              stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE))));
    families.push_back(single("process_start_time_seconds", started));
  }
  return families;
}

}  // namespace lastframe::telemetry
