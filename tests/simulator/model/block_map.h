// Which blocks of a virtual disk a layer holds, and what is in them: enough to prove that no
// operation loses or changes a guest's data.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace sim {

/// A run of blocks with one content stamp. Two blocks have the same contents when their stamps are
/// equal.
struct Run {
  std::uint64_t start = 0;  ///< block number
  std::uint64_t count = 0;
  std::uint64_t stamp = 0;  ///< never 0
  bool operator==(const Run&) const = default;
};

/// Sorted, disjoint runs; neighbours with one stamp are joined. Block size is the world's (a flag).
class BlockMap {
 public:
  void write(std::uint64_t start, std::uint64_t count, std::uint64_t stamp);
  /// Writes every run of `upper` over this one: what a merge does.
  void overlay(const BlockMap& upper);
  std::optional<std::uint64_t> stamp_at(std::uint64_t block) const;
  std::uint64_t allocated() const { return allocated_; }  ///< blocks
  /// Blocks that `upper` holds and this one does not: by how much a merge makes this one grow.
  std::uint64_t missing_from(const BlockMap& upper) const;
  const std::vector<Run>& runs() const { return runs_; }
  bool empty() const { return runs_.empty(); }
  bool operator==(const BlockMap&) const = default;

 private:
  std::vector<Run> runs_;
  std::uint64_t allocated_ = 0;
};

}  // namespace sim
