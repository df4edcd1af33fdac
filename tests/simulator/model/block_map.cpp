#include "tests/simulator/model/block_map.h"

#include <algorithm>

namespace sim {
namespace {

std::uint64_t end_of(const Run& run) { return run.start + run.count; }

// Appends a run behind sorted ones, joining it with an equal neighbour.
void append(std::vector<Run>& runs, const Run& run) {
  if (run.count == 0) return;
  if (!runs.empty()) {
    Run& last = runs.back();
    if (last.start + last.count == run.start && last.stamp == run.stamp) {
      last.count += run.count;
      return;
    }
  }
  runs.push_back(run);
}

}  // namespace

void BlockMap::write(std::uint64_t start, std::uint64_t count, std::uint64_t stamp) {
  if (count == 0) return;
  const std::uint64_t end = start + count;
  // From the first run that touches the written range (or ends where it starts) ...
  const auto first = std::partition_point(runs_.begin(), runs_.end(),
                                          [&](const Run& run) { return end_of(run) < start; });
  // ... to behind the last one that does.
  const auto last =
      std::partition_point(first, runs_.end(), [&](const Run& run) { return run.start <= end; });
  std::vector<Run> changed;
  std::uint64_t before = 0;
  for (auto run = first; run != last; ++run) {
    before += run->count;
    if (run->start < start)
      append(changed, {run->start, std::min(end_of(*run), start) - run->start, run->stamp});
  }
  append(changed, {start, count, stamp});
  for (auto run = first; run != last; ++run) {
    if (end_of(*run) <= end) continue;
    const std::uint64_t from = std::max(run->start, end);
    append(changed, {from, end_of(*run) - from, run->stamp});
  }
  std::uint64_t after = 0;
  for (const Run& run : changed) after += run.count;
  allocated_ += after - before;
  const auto common = std::min(static_cast<std::size_t>(last - first), changed.size());
  const auto middle = std::copy_n(changed.begin(), common, first);
  if (common < changed.size()) {
    runs_.insert(middle, changed.begin() + static_cast<std::ptrdiff_t>(common), changed.end());
  } else {
    runs_.erase(middle, last);
  }
}

void BlockMap::overlay(const BlockMap& upper) {
  if (upper.empty()) return;  // a delta nobody wrote to yet
  if (empty()) {
    *this = upper;
    return;
  }
  std::vector<Run> merged;
  merged.reserve(runs_.size() + upper.runs_.size());
  auto low = runs_.begin();
  std::uint64_t done = 0;  // below it, this map's blocks are dealt with
  const auto take_lower_until = [&](std::uint64_t limit) {
    for (; low != runs_.end() && low->start < limit; ++low) {
      const std::uint64_t from = std::max(low->start, done);
      const std::uint64_t to = std::min(end_of(*low), limit);
      if (from < to) append(merged, {from, to - from, low->stamp});
      if (end_of(*low) > limit) break;  // its rest is looked at again
    }
    done = std::max(done, limit);
  };
  for (const Run& run : upper.runs_) {
    take_lower_until(run.start);
    append(merged, run);
    done = std::max(done, end_of(run));
    while (low != runs_.end() && end_of(*low) <= done) ++low;
  }
  take_lower_until(UINT64_MAX);
  runs_ = std::move(merged);
  allocated_ = 0;
  for (const Run& run : runs_) allocated_ += run.count;
}

std::optional<std::uint64_t> BlockMap::stamp_at(std::uint64_t block) const {
  const auto run = std::partition_point(runs_.begin(), runs_.end(),
                                        [&](const Run& one) { return end_of(one) <= block; });
  if (run == runs_.end() || run->start > block) return std::nullopt;
  return run->stamp;
}

std::uint64_t BlockMap::missing_from(const BlockMap& upper) const {
  std::uint64_t both = 0;
  auto low = runs_.begin();
  for (const Run& run : upper.runs_) {
    while (low != runs_.end() && end_of(*low) <= run.start) ++low;
    for (auto here = low; here != runs_.end() && here->start < end_of(run); ++here) {
      both += std::min(end_of(*here), end_of(run)) - std::max(here->start, run.start);
    }
  }
  return upper.allocated_ - both;
}

}  // namespace sim
