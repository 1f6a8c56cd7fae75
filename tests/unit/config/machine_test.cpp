#include "proxy/config/machine.hpp"

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace lastframe::config {
namespace {

namespace fs = std::filesystem;

/// A file system of its own, gone at the end.
class config_machine : public testing::Test {
 protected:
  config_machine() {
    std::string name = (fs::temp_directory_path() / "lastframe-machine-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~config_machine() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path} << text;
  }
  [[nodiscard]] std::optional<std::size_t> quota() const { return cpu_quota(root_); }

 private:
  fs::path root_;
};

TEST_F(config_machine, has_no_quota_where_nothing_is_mounted) {
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(config_machine, reads_the_quota_of_its_group) {
  write("proc/self/cgroup", "0::/pod/proxy\n");
  write("sys/fs/cgroup/pod/proxy/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2U);
}

TEST_F(config_machine, rounds_a_quota_up) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 2U);
  write("sys/fs/cgroup/cpu.max", "1000 100000\n");
  EXPECT_EQ(quota(), 1U);
}

TEST_F(config_machine, takes_the_smallest_quota_on_the_way_up) {
  write("proc/self/cgroup", "0::/pod/proxy\n");
  write("sys/fs/cgroup/pod/proxy/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/pod/cpu.max", "300000 100000\n");
  write("sys/fs/cgroup/cpu.max", "800000 100000\n");
  EXPECT_EQ(quota(), 3U);
}

TEST_F(config_machine, has_no_quota_if_the_maximum_is_unlimited) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(config_machine, reads_version_one) {
  write("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/docker/x\n3:cpuset:/b\n");
  write("sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us", "400000\n");
  write("sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 4U);
  write("sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(config_machine, looks_at_the_mount_where_its_group_is_not_to_be_seen) {
  write("proc/self/cgroup", "0::/../../other\n");
  write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota(), 1U);
}

TEST_F(config_machine, bears_files_of_nonsense) {
  write("proc/self/cgroup", "nonsense\n0::\n:\n");
  write("sys/fs/cgroup/cpu.max", "lots\n");
  EXPECT_EQ(quota(), std::nullopt);
  write("sys/fs/cgroup/cpu.max", "100000 0\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST(config_machine_limits, are_at_least_one) {
  EXPECT_GE(usable_cpus(), 1U);
  EXPECT_GE(descriptor_limit(), 1U);
}

}  // namespace
}  // namespace lastframe::config
