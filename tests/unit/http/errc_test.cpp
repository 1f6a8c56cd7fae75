#include "proxy/http/errc.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace lastframe::http {
namespace {

TEST(errc, has_a_message_of_its_own_for_each_value) {
  std::set<std::string> messages;
  for (const errc value :
       {errc::malformed_head, errc::head_too_large, errc::bad_upgrade_answer, errc::malformed_body}) {
    const boost::system::error_code error = value;
    EXPECT_EQ(&error.category(), &category());
    EXPECT_TRUE(error.failed());
    messages.insert(error.message());
  }
  EXPECT_EQ(messages.size(), 4U);
}

TEST(errc, names_a_value_that_it_does_not_know) {
  EXPECT_EQ(boost::system::error_code(99, category()).message(), "unknown error 99");
  EXPECT_STREQ(category().name(), "lastframe.http");
}

}  // namespace
}  // namespace lastframe::http
