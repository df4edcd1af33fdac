#include "tests/simulator/model/block_map.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace sim {
namespace {

constexpr std::size_t kBlocks = 60;
using Plain = std::array<std::uint64_t, kBlocks>;  // 0: not there

void expect_same(const BlockMap& map, const Plain& plain) {
  std::uint64_t allocated = 0;
  for (std::size_t block = 0; block < kBlocks; ++block) {
    ASSERT_EQ(map.stamp_at(block).value_or(0), plain[block]) << "block " << block;
    allocated += plain[block] != 0;
  }
  ASSERT_EQ(map.allocated(), allocated);
  const Run* before = nullptr;
  for (const Run& run : map.runs()) {
    ASSERT_GT(run.count, 0U);
    if (before) {
      ASSERT_LE(before->start + before->count, run.start);
      ASSERT_FALSE(before->start + before->count == run.start && before->stamp == run.stamp)
          << "neighbours with one stamp are not joined at " << run.start;
    }
    before = &run;
  }
}

void fill(std::mt19937_64& random, BlockMap& map, Plain& plain) {
  const std::size_t start = random() % kBlocks;
  const std::size_t count = random() % std::min<std::size_t>(kBlocks - start, 12);
  const std::uint64_t stamp = 1 + random() % 4;
  map.write(start, count, stamp);
  for (std::size_t block = start; block < start + count; ++block) plain[block] = stamp;
}

TEST(BlockMapTest, AgreesWithAPlainArrayAfterEveryWrite) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    BlockMap map;
    Plain plain{};
    for (int writes = 0; writes < 30; ++writes) {
      fill(random, map, plain);
      expect_same(map, plain);
    }
  }
}

TEST(BlockMapTest, OverlayIsWritingEveryRunOfTheUpperMap) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 2000; ++round) {
    BlockMap lower, upper;
    Plain low{}, up{};
    for (std::uint64_t writes = random() % 8; writes > 0; --writes) fill(random, lower, low);
    for (std::uint64_t writes = random() % 8; writes > 0; --writes) fill(random, upper, up);
    const std::uint64_t missing = lower.missing_from(upper);
    const std::uint64_t before = lower.allocated();
    lower.overlay(upper);
    for (std::size_t block = 0; block < kBlocks; ++block) {
      if (up[block] != 0) low[block] = up[block];
    }
    expect_same(lower, low);
    EXPECT_EQ(lower.allocated(), before + missing);
  }
}

TEST(BlockMapTest, TwoWaysToTheSameContentsAreEqual) {
  BlockMap once, in_parts;
  once.write(10, 20, 5);
  in_parts.write(20, 10, 5);
  in_parts.write(10, 10, 5);
  EXPECT_EQ(once, in_parts);
}

}  // namespace
}  // namespace sim
