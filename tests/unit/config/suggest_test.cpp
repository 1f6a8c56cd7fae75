#include "proxy/config/suggest.hpp"

#include <gtest/gtest.h>

namespace lastframe::config {
namespace {

TEST(config_suggest, counts_insertions_removals_replacements_and_swaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("spread", "spread"), 0U);
  EXPECT_EQ(edit_distance("spred", "spread"), 1U);
  EXPECT_EQ(edit_distance("sppread", "spread"), 1U);
  EXPECT_EQ(edit_distance("spread", "spreed"), 1U);
  EXPECT_EQ(edit_distance("psread", "spread"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(config_suggest, finds_the_nearest_of_several) {
  EXPECT_EQ(nearest("conections", {"connections_per_client", "connections", "closing"}), "connections");
  EXPECT_EQ(nearest("connect_timout", {"handshake_timeout", "connect_timeout"}), "connect_timeout");
}

TEST(config_suggest, takes_case_and_hyphens_for_nothing) {
  EXPECT_EQ(nearest("MAX-MESSAGE", {"max_message"}), "max_message");
}

TEST(config_suggest, finds_a_word_by_its_beginning) {
  EXPECT_EQ(nearest("warn", {"trace", "warning"}), "warning");
  EXPECT_EQ(nearest("certificate_file", {"certificate", "key"}), "certificate");
}

TEST(config_suggest, is_silent_where_nothing_is_near) {
  EXPECT_EQ(nearest("port", {"address", "tls", "proxy_protocol"}), std::nullopt);
  EXPECT_EQ(nearest("", {"tls"}), std::nullopt);
  EXPECT_EQ(nearest("x", {"s"}), std::nullopt);
  EXPECT_EQ(nearest("spread", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(1'000, 'a'), {"aaa"}), std::nullopt);
}

TEST(config_suggest, ends_a_message) {
  EXPECT_EQ(did_you_mean("spred", {"spread"}), "; did you mean `spread`?");
  EXPECT_EQ(did_you_mean("port", {"spread"}), "");
}

}  // namespace
}  // namespace lastframe::config
