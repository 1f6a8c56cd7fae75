#include "telemetry/access_log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/telemetry/pipe.hpp"
#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using nlohmann::json;

close_record record(initiator by, cause why, close_code client, close_code upstream) {
  return {by, why, leg_ending{client, {}, false}, leg_ending{upstream, {}, false}};
}

TEST(is_abnormal, is_false_for_closes_that_someone_meant) {
  EXPECT_FALSE(is_abnormal(record(initiator::client, cause::close_frame, 1000, 1000)));
  EXPECT_FALSE(is_abnormal(record(initiator::client, cause::close_frame, 1001, 1001)));
  EXPECT_FALSE(is_abnormal(record(initiator::upstream, cause::close_frame, 1005, 1005)));
  EXPECT_FALSE(is_abnormal(record(initiator::upstream, cause::close_frame, 4001, 4001)));
  EXPECT_FALSE(is_abnormal(record(initiator::proxy, cause::drain, 1012, 1001)));
  EXPECT_FALSE(is_abnormal(record(initiator::proxy, cause::max_lifetime, 1012, 1001)));
}

TEST(is_abnormal, is_true_for_faults_even_if_they_closed_well) {
  EXPECT_TRUE(is_abnormal(record(initiator::upstream, cause::close_frame, 1011, 1011)));
  EXPECT_TRUE(is_abnormal(record(initiator::client, cause::eof, 1006, 1001)));
  EXPECT_TRUE(is_abnormal(record(initiator::client, cause::eof, 1000, 1000)));
  EXPECT_TRUE(is_abnormal(record(initiator::proxy, cause::drain, 1012, 1006)));
  EXPECT_TRUE(is_abnormal(record(initiator::proxy, cause::drain, 1006, 1001)));
  EXPECT_TRUE(is_abnormal(failed_upstream().ending));
}

class access_log_to_a_pipe : public testing::Test {
 protected:
  /// Writes a normal, an abnormal, and a last tunnel that all filters but off let through; returns the ids
  /// seen.
  std::vector<int> ids_with(access_filter filter) {
    {
      log_output out{pipe_.writer()};
      access_log log{out, log_format::json, filter};
      tunnel_summary tunnel = closed_by_upstream(1000);
      tunnel.id = 1;
      log.write(tunnel, two_routes());
      tunnel = lost_client();
      tunnel.id = 2;
      log.write(tunnel, two_routes());
    }
    pipe_.close_writer();
    std::vector<int> ids;
    for (std::string line = pipe_.read_line(); !line.empty(); line = pipe_.read_line()) {
      ids.push_back(json::parse(line).at("tunnel"));
    }
    return ids;
  }

  pipe_pair pipe_;
};

TEST_F(access_log_to_a_pipe, writes_a_line_per_tunnel) {
  EXPECT_EQ(ids_with(access_filter::all), (std::vector<int>{1, 2}));
}

TEST_F(access_log_to_a_pipe, writes_only_abnormal_tunnels_when_told_so) {
  EXPECT_EQ(ids_with(access_filter::abnormal), (std::vector<int>{2}));
}

TEST_F(access_log_to_a_pipe, writes_nothing_when_off) {
  EXPECT_EQ(ids_with(access_filter::off), (std::vector<int>{}));
}

}  // namespace
}  // namespace lastframe::telemetry
