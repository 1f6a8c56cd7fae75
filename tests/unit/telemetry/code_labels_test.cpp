#include "telemetry/code_labels.hpp"

#include <array>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

leg_ending from_upstream(close_code code) {
  return {code, {}, true};
}
leg_ending from_client(close_code code) {
  return {code, {}, false};
}

TEST(code_labels, give_every_registered_code_its_own) {
  code_labels labels{two_routes()};
  for (close_code code = 1000; code <= 1015; ++code) EXPECT_EQ(labels.label(from_client(code)), code);
}

TEST(code_labels, give_named_codes_their_own_whoever_sent_them) {
  code_labels labels{two_routes()};
  EXPECT_EQ(labels.label(from_client(4001)), 4001);
}

TEST(code_labels, give_the_configuration_s_own_codes_their_own_without_taking_a_slot) {
  catalogue names = two_routes();
  names.drain_code = 4100;
  names.failure_codes = {4101, 1014};
  names.client_lost_codes = {4102, 0};
  names.max_codes = 0;
  code_labels labels{names};
  for (const close_code code : std::to_array<close_code>({4100, 4101, 4102}))
    EXPECT_EQ(labels.label(from_client(code)), code);
  EXPECT_EQ(labels.label(from_upstream(4103)), other_codes);
}

TEST(code_labels, call_a_client_s_own_code_other_and_give_it_no_slot) {
  code_labels labels{two_routes()};
  for (close_code code = 3000; code <= 4999; ++code) {
    if (code != 4001) {
      EXPECT_EQ(labels.label(from_client(code)), other_codes) << code;
    }
  }
  EXPECT_EQ(labels.label(from_upstream(4500)), 4500);
  EXPECT_EQ(labels.label(from_upstream(4501)), 4501);
}

TEST(code_labels, give_upstream_s_codes_slots_until_they_are_used_up) {
  code_labels labels{two_routes()};
  EXPECT_EQ(labels.label(from_upstream(4500)), 4500);
  EXPECT_EQ(labels.label(from_upstream(3500)), 3500);
  EXPECT_EQ(labels.label(from_upstream(4502)), other_codes);
  EXPECT_EQ(labels.label(from_upstream(4500)), 4500);
}

TEST(code_labels, keep_a_slot_s_code_for_clients_too) {
  code_labels labels{two_routes()};
  ASSERT_EQ(labels.label(from_upstream(4500)), 4500);
  EXPECT_EQ(labels.label(from_client(4500)), 4500);
}

TEST(code_labels, call_codes_that_may_not_be_on_a_wire_other) {
  code_labels labels{two_routes()};
  for (const int code : {0, 999, 1016, 2999, 5000, 65535}) {
    EXPECT_EQ(labels.label(from_upstream(static_cast<close_code>(code))), other_codes) << code;
  }
}

TEST(code_labels, hand_out_no_more_slots_than_there_are_when_many_threads_ask_at_once) {
  catalogue names = two_routes();
  names.max_codes = 50;
  code_labels labels{names};
  std::vector<std::set<close_code>> seen(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    threads.emplace_back([&labels, &mine = seen[i], i] {
      for (std::size_t n = 0; n < 2'000; ++n) {
        const auto code = static_cast<close_code>(3000 + (n * 7 + i * 501) % 2'000);
        if (const close_code label = labels.label(from_upstream(code)); label != other_codes)
          mine.insert(label);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<close_code> all;
  for (const auto& mine : seen) all.insert(mine.begin(), mine.end());
  all.erase(4001);
  EXPECT_EQ(all.size(), 50U);
  for (const close_code code : all) EXPECT_EQ(labels.label(from_client(code)), code);
}

TEST(code_labels, keep_what_was_named_once_and_name_what_a_later_configuration_does) {
  catalogue names = two_routes();
  names.failure_codes = {4101, 1014};
  code_labels labels{names};
  names.failure_codes = {4102, 1014};
  names.app_codes = {{4002, "kicked"}};
  labels.name(names);
  for (const close_code code : std::to_array<close_code>({4001, 4002, 4101, 4102}))
    EXPECT_EQ(labels.label(from_client(code)), code);
}

TEST(code_labels, keep_the_slots_that_are_taken_where_there_are_fewer_or_more) {
  catalogue names = two_routes();
  code_labels labels{names};
  ASSERT_EQ(labels.label(from_upstream(4500)), 4500);
  ASSERT_EQ(labels.label(from_upstream(4501)), 4501);
  names.max_codes = 1;
  labels.name(names);
  EXPECT_EQ(labels.label(from_upstream(4501)), 4501);
  EXPECT_EQ(labels.label(from_upstream(4502)), other_codes);
  names.max_codes = 3;
  labels.name(names);
  EXPECT_EQ(labels.label(from_upstream(4502)), 4502);
  EXPECT_EQ(labels.label(from_upstream(4503)), other_codes);
}

TEST(to_label, shows_the_number_or_other) {
  EXPECT_EQ(to_label(1000), "1000");
  EXPECT_EQ(to_label(other_codes), "other");
}

}  // namespace
}  // namespace lastframe::telemetry
