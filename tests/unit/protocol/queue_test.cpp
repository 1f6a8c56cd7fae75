// byte_queue and outbox: what is kept, in which order, and what it counts for in the budget.
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "proxy/protocol/byte_queue.hpp"
#include "proxy/protocol/outbox.hpp"

namespace lastframe::protocol {
namespace {

const_bytes as_bytes(const std::string& s) {
  return std::as_bytes(std::span(s));
}

std::string as_string(const_bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string all_of(const outbox& box) {
  return as_string(box.buffers()[0]) + as_string(box.buffers()[1]);
}

TEST(byte_queue, is_first_in_first_out_and_gives_its_block_back_when_empty) {
  buffer_budget budget(1 << 20);
  std::mt19937_64 random(7);
  std::string expected;
  byte_queue queue(budget);
  for (int i = 0; i < 2'000; ++i) {
    if (random() % 2 == 0) {
      const std::string more(random() % 3'000, static_cast<char>('a' + i % 26));
      queue.append(as_bytes(more));
      expected += more;
    } else if (!expected.empty()) {
      const std::size_t n = 1 + random() % expected.size();
      queue.consume(n);
      expected.erase(0, n);
    }
    ASSERT_EQ(as_string(queue.bytes()), expected);
    ASSERT_EQ(queue.empty(), expected.empty());
    ASSERT_GE(budget.held(), queue.size());
    ASSERT_TRUE(!queue.empty() || budget.held() == 0);
  }
}

TEST(byte_queue, counts_its_block_for_as_long_as_it_lives) {
  buffer_budget budget(1'000);
  {
    byte_queue queue(budget);
    queue.append(as_bytes(std::string(600, 'x')));
    EXPECT_TRUE(budget.above_half());
    queue.append(as_bytes(std::string(600, 'x')));
    EXPECT_TRUE(budget.exhausted());
  }
  EXPECT_EQ(budget.held(), 0U);
}

TEST(byte_queue, grows_only_for_what_does_not_fit) {
  buffer_budget budget(1 << 20);
  byte_queue queue(budget);
  queue.append(as_bytes("x"));
  const std::uint64_t block = budget.held();
  queue.append(as_bytes(std::string(block - max_header_size - 1, 'x')));
  EXPECT_EQ(budget.held(), block);
  queue.append(as_bytes("x"));
  EXPECT_GT(budget.held(), block);
}

TEST(byte_queue, grows_by_at_most_a_step_past_what_it_holds) {
  buffer_budget budget(1 << 30);
  byte_queue queue(budget);
  for (int i = 0; i < 4'000; ++i) queue.append(as_bytes(std::string(64, 'x')));
  EXPECT_LE(budget.held(), queue.size() + (64 << 10) + max_header_size);
}

TEST(byte_queue, takes_a_header_in_front_of_its_first_byte) {
  buffer_budget budget(1 << 20);
  for (const std::uint64_t size : {1U, 500U, 70'000U}) {
    byte_queue queue(budget);
    for (std::uint64_t i = 0; i < size; ++i) queue.append(as_bytes("x"));
    const frame_header header{.length = size, .opcode = 2, .masked = true};
    queue.prepend(header);
    EXPECT_EQ(queue.size(), size + header.size());
    frame_header read;
    EXPECT_EQ(decode_header(queue.bytes(), read), decode_status::complete);
    EXPECT_EQ(read, header);
  }
}

TEST(byte_queue, swaps_all_that_it_has) {
  buffer_budget budget(1 << 20);
  byte_queue a(budget);
  byte_queue b(budget);
  a.append(as_bytes("hello"));
  a.swap(b);
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(as_string(b.bytes()), "hello");
  b.clear();
  EXPECT_EQ(budget.held(), 0U);
}

TEST(outbox, keeps_the_order_of_borrowed_copied_and_taken_bytes) {
  buffer_budget budget(1 << 20);
  outbox box(budget);
  const std::string read = "onetwothree";
  byte_queue unit(budget);
  box.borrow(as_bytes(read).subspan(0, 3));
  box.borrow(as_bytes(read).subspan(3, 3));
  EXPECT_EQ(budget.held(), 0U) << "neighbours are borrowed as one";
  box.copy(as_bytes("-copy-"));
  box.borrow(as_bytes(read).subspan(6));
  unit.append(as_bytes("-unit-"));
  box.take(unit);
  EXPECT_TRUE(unit.empty());
  box.borrow(as_bytes(read).subspan(0, 3));
  EXPECT_EQ(all_of(box), "onetwo-copy-three-unit-one");
  EXPECT_EQ(box.size(), all_of(box).size());
}

TEST(outbox, takes_a_held_unit_without_copying_when_nothing_is_queued) {
  buffer_budget budget(1 << 20);
  outbox box(budget);
  byte_queue unit(budget);
  unit.append(as_bytes("unit"));
  const std::byte* const where = unit.bytes().data();
  box.take(unit);
  EXPECT_EQ(box.buffers()[0].data(), where);
}

TEST(outbox, puts_a_held_unit_behind_what_is_queued_whichever_is_larger) {
  for (const std::string queued : {"a", "longer than the unit"}) {
    buffer_budget budget(1 << 20);
    outbox box(budget);
    byte_queue unit(budget);
    box.copy(as_bytes(queued));
    unit.append(as_bytes("-unit-"));
    box.take(unit);
    EXPECT_EQ(all_of(box), queued + "-unit-");
  }
}

TEST(outbox, counts_what_was_written_wherever_a_write_stopped) {
  buffer_budget budget(1 << 20);
  const std::string kept = "kept";
  const std::string borrowed = "borrowed";
  for (std::size_t n = 0; n <= kept.size() + borrowed.size(); ++n) {
    outbox box(budget);
    box.copy(as_bytes(kept));
    box.borrow(as_bytes(borrowed));
    EXPECT_EQ(box.end(), 12U);
    box.wrote(n);
    EXPECT_EQ(all_of(box), (kept + borrowed).substr(n));
    EXPECT_EQ(box.written(), n);
    EXPECT_EQ(box.end(), 12U);
    box.settle();
    EXPECT_EQ(all_of(box), (kept + borrowed).substr(n));
    EXPECT_TRUE(box.buffers()[1].empty()) << "the read buffer will be used again";
    box.discard();
    EXPECT_TRUE(box.empty());
    EXPECT_EQ(box.written(), n);
  }
  EXPECT_EQ(budget.held(), 0U);
}

TEST(outbox, puts_what_passes_between_what_came_before_and_behind_it) {
  buffer_budget budget(1 << 20);
  outbox box(budget);
  const std::string first = "first";
  const std::string last = "last";
  box.borrow(as_bytes(first));
  box.pass(1'000);
  box.copy(as_bytes(last));
  box.borrow(as_bytes(last));
  EXPECT_EQ(all_of(box), "first");
  EXPECT_EQ(box.passing(), 1'000U);
  EXPECT_EQ(box.size(), 1'013U);
  EXPECT_GE(budget.held(), box.size());
  box.wrote(2);
  EXPECT_EQ(all_of(box), "rst");
  box.wrote(3);
  EXPECT_EQ(all_of(box), "");
  box.wrote(999);
  EXPECT_EQ(box.passing(), 1U);
  EXPECT_FALSE(box.empty());
  box.wrote(1);
  EXPECT_EQ(box.passing(), 0U);
  EXPECT_EQ(all_of(box), "lastlast");
  box.wrote(8);
  EXPECT_TRUE(box.empty());
  EXPECT_EQ(box.written(), 1'013U);
  EXPECT_EQ(budget.held(), 0U);
}

TEST(outbox, counts_no_bytes_that_it_has_forgotten) {
  buffer_budget budget(1 << 20);
  outbox box(budget);
  box.pass(1'000);
  box.discard();
  EXPECT_TRUE(box.empty());
  EXPECT_EQ(budget.held(), 0U);
  {
    outbox other(budget);
    other.pass(1'000);
  }
  EXPECT_EQ(budget.held(), 0U);
}

}  // namespace
}  // namespace lastframe::protocol
