// What the machine lets this process use.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace lastframe::config {

/// How many descriptors the process may have at most: the hard RLIMIT_NOFILE, or the largest std::size_t.
[[nodiscard]] std::size_t descriptor_limit();

/// The CPUs that the scheduler may put this process on, and that the quotas of its control groups are worth
/// (rounded up): at least 1.
[[nodiscard]] std::size_t usable_cpus();

/// The smallest CPU quota of this process' control group and those above it, version 2 (`cpu.max`) or 1
/// (`cpu.cfs_quota_us`), in CPUs rounded up. None: unlimited, or not to be found. `root` stands for `/`.
[[nodiscard]] std::optional<std::size_t> cpu_quota(const std::filesystem::path& root);

}  // namespace lastframe::config
