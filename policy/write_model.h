// How large a delta will be when it is frozen, from those that were frozen before: what plays a
// schedule's bytes forward.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "policy/growth.h"
#include "policy/inventory.h"

namespace policy {

/// One delta that took writes for so long and then took no more.
struct FrozenDelta {
  std::chrono::seconds lived{0};
  std::uint64_t bytes = 0;
  bool operator==(const FrozenDelta&) const = default;
};

/// The frozen deltas that the disk has now: between two snapshots lies what was written between
/// them. Layers of unknown size and those that no snapshot stands for tell nothing.
std::vector<FrozenDelta> frozen_deltas(const Vm& vm, const Disk& disk);

/// The frozen deltas that the history saw: a delta's last sample before the disk got deeper. They
/// are a little small and short, by what was written after that sample. Only raw samples tell it:
/// where samples are more than `kRawSamples` apart, nothing is concluded.
std::vector<FrozenDelta> frozen_deltas(std::span<const GrowthSample> samples);
constexpr std::chrono::hours kRawSamples{6};

/// Bytes of a delta that has lived for so long.
class WriteModel {
 public:
  WriteModel() = default;
  /// `growth` stands in where no delta of the disk was ever frozen.
  WriteModel(std::vector<FrozenDelta> frozen, const Growth& growth);

  bool known() const { return !frozen_.empty(); }
  /// Deltas that lived about as long (3/4 to 4/3): their median, 20th and 80th percentile, in
  /// proportion to the time; the fewer they are, the further the ends lie apart. Without any, those
  /// that lived closest to it: a delta grows by no more than in proportion, since guests rewrite
  /// what they wrote, and never shrinks. Between the two the best guess is the middle, by the
  /// square root of the time. Zeros when not `known`.
  GrowthRange after(std::chrono::seconds lived) const;

 private:
  struct Observation {
    double seconds = 0;
    double low = 0, best = 0, high = 0;
  };
  std::vector<Observation> frozen_;  // by seconds
};

}  // namespace policy
