#include "telemetry/log_output.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/telemetry/pipe.hpp"

namespace lastframe::telemetry {
namespace {

using steady = std::chrono::steady_clock;

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(log_output, writes_lines_in_order) {
  pipe_pair pipe;
  log_output out{pipe.writer()};
  out.write("first");
  out.write("second");
  EXPECT_EQ(pipe.read_line(), "first");
  EXPECT_EQ(pipe.read_line(), "second");
}

TEST(log_output, writes_everything_that_is_queued_before_it_ends) {
  pipe_pair pipe;
  std::string text;
  std::thread reader{[&] { text = pipe.read_all(); }};
  {
    log_output out{pipe.writer()};
    for (int i = 0; i < 5'000; ++i) out.write("line " + std::to_string(i));
    EXPECT_EQ(out.lost(), 0U);
  }
  pipe.close_writer();
  reader.join();
  EXPECT_EQ(count_lines(text), 5'000U);
  EXPECT_NE(text.find("line 4999\n"), std::string::npos);
}

TEST(log_output, keeps_lines_of_many_threads_whole) {
  pipe_pair pipe;
  std::string text;
  std::thread reader{[&] { text = pipe.read_all(); }};
  {
    log_output out{pipe.writer()};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&out, i] {
        for (int n = 0; n < 500; ++n) out.write(std::string(200, static_cast<char>('a' + i)));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  pipe.close_writer();
  reader.join();
  EXPECT_EQ(count_lines(text), 2'000U);
  for (std::size_t at = 0; at < text.size(); at += 201) {
    ASSERT_EQ(text.find_first_not_of(text[at], at), at + 200);
  }
}

TEST(log_output, keeps_no_writer_waiting_for_a_reader_that_stopped_and_loses_the_oldest_lines) {
  pipe_pair pipe;
  const std::size_t full = pipe.fill();
  std::optional<log_output> out{std::in_place, pipe.writer(), 100};
  const auto start = steady::now();
  for (int i = 10'000; i < 30'000; ++i) out->write("line " + std::to_string(i));
  EXPECT_LT(steady::now() - start, std::chrono::seconds{5});
  // All but the queue's hundred, and one batch of 64 KiB that its thread may have taken: 5,958 lines of 11
  // bytes.
  EXPECT_GE(out->lost(), 20'000U - 100 - 6'000);
  pipe.skip(full);
  std::string last;
  do {
    last = pipe.read_line();
    ASSERT_FALSE(last.empty());
  } while (last != "line 29999");
}

TEST(log_output, ends_within_seconds_when_nobody_reads) {
  pipe_pair pipe;
  pipe.fill();
  const auto start = steady::now();
  {
    log_output out{pipe.writer(), 100};
    for (int i = 0; i < 1'000; ++i) out.write("never read");
  }
  EXPECT_LT(steady::now() - start, std::chrono::seconds{5});
}

TEST(log_output, survives_a_reader_that_is_gone) {
  pipe_pair pipe;
  pipe.close_reader();
  log_output out{pipe.writer()};
  for (int i = 0; i < 100; ++i) out.write("to nobody");
}

}  // namespace
}  // namespace lastframe::telemetry
