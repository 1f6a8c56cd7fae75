#include "proxy/config/machine.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include <sched.h>
#include <sys/resource.h>

namespace lastframe::config {
namespace {

namespace fs = std::filesystem;

std::optional<std::size_t> cpus_of(std::int64_t quota, std::int64_t period) {
  if (quota <= 0 || period <= 0) {
    return std::nullopt;
  }
  return static_cast<std::size_t>((quota + period - 1) / period);
}

// `max 100000`, or `150000 100000`.
std::optional<std::size_t> quota_v2(const fs::path& group) {
  std::ifstream in{group / "cpu.max"};
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (in >> quota >> period) {
    return cpus_of(quota, period);
  }
  return std::nullopt;
}

std::optional<std::size_t> quota_v1(const fs::path& group) {
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (std::ifstream{group / "cpu.cfs_quota_us"} >> quota &&
      std::ifstream{group / "cpu.cfs_period_us"} >> period) {
    return cpus_of(quota, period);
  }
  return std::nullopt;
}

template <typename Quota>
std::optional<std::size_t> smallest_upwards(const fs::path& mount, const std::string& group, Quota quota_of) {
  // In a container the path may be one of the host's, which is not to be seen here; then only the mount's
  // root is.
  std::optional<std::size_t> result;
  fs::path at = fs::path{group}.relative_path().lexically_normal();
  if (at.begin() != at.end() && *at.begin() == "..") {
    at.clear();
  }
  for (;; at = at.parent_path()) {
    if (const auto found = quota_of(mount / at)) {
      result = std::min(result.value_or(*found), *found);
    }
    if (at.empty()) {
      return result;
    }
  }
}

bool names_cpu(const std::string& controllers) {
  return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

std::size_t affinity() {
  // The kernel refuses a mask smaller than its own, so it grows until it fits.
  for (std::size_t cpus = 1024; cpus <= 1U << 20; cpus *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set{CPU_ALLOC(cpus),
                                                               [](cpu_set_t* p) { CPU_FREE(p); }};
    const std::size_t bytes = CPU_ALLOC_SIZE(cpus);
    if (sched_getaffinity(0, bytes, set.get()) == 0) {
      return static_cast<std::size_t>(CPU_COUNT_S(bytes, set.get()));
    }
  }
  return std::thread::hardware_concurrency();
}

}  // namespace

std::size_t descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) {
    return std::numeric_limits<std::size_t>::max();
  }
  return limit.rlim_max;
}

std::optional<std::size_t> cpu_quota(const fs::path& root) {
  std::ifstream groups{root / "proc/self/cgroup"};
  const fs::path mounts = root / "sys/fs/cgroup";
  std::optional<std::size_t> result;
  // Each line is `id:controllers:path`; version 2 has the id 0 and no controllers.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    std::optional<std::size_t> found;
    if (controllers.empty()) {
      found = smallest_upwards(mounts, group, quota_v2);
    } else if (names_cpu(controllers)) {
      found = smallest_upwards(mounts / "cpu", group, quota_v1);
    }
    if (found) {
      result = std::min(result.value_or(*found), *found);
    }
  }
  return result;
}

std::size_t usable_cpus() {
  const std::size_t allowed = std::max<std::size_t>(1, affinity());
  return std::min(allowed, cpu_quota("/").value_or(allowed));
}

}  // namespace lastframe::config
