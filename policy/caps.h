// What caps cost and who pays: measures a kept set against its caps and shrinks the keep rules, not
// chosen victims, until they hold.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "policy/retention.h"
#include "policy/retention_order.h"
#include "policy/retention_slots.h"

namespace policy {

/// A kept set and what it costs. Each cap is met the same way by equal sets, whatever was removed
/// to get there: so a plan that is made again for the survivors changes nothing.
/// - depth, probes: the current path and the reserve; count: all and the reserve. A foreign
/// snapshot
///   younger than foreign_min_age costs nothing.
/// - size: sum of bytes, each in full. probes: 1 + sum of prod(1 - bytes/capacity), newest first, a
///   snapshot of the reserve as an empty delta on top; what removals merge into a delta is not
///   added, so the true number is lower.
/// - min_free: what is free now and the bytes of all that goes, in full. Merging frees less where
///   deltas do not overlap; the next plan sees the true number.
class CapMeter {
 public:
  /// Throws std::invalid_argument when a cap lacks a capacity or the free space.
  CapMeter(const RetentionInput& input, const Caps& caps, const SnapshotOrder& order,
           std::vector<bool> kept);

  bool kept(std::uint32_t snapshot) const { return kept_[snapshot]; }
  void drop(std::uint32_t snapshot);
  /// The first cap that is not met, in the order of the enum.
  std::optional<Cap> violated() const;
  /// All that are not met, with limit, actual and unmet, and the snapshots that cost.
  std::vector<Conflict> conflicts() const;

 private:
  struct Reading {
    double limit = 0, actual = 0;
  };
  std::optional<Reading> read(Cap cap) const;
  bool met(Cap cap, const Reading& reading) const;
  double probes() const;
  bool costs(Cap cap, std::uint32_t snapshot) const;

  const RetentionInput& input_;
  const Caps& caps_;
  const SnapshotOrder& order_;
  std::vector<bool> kept_, counts_;
  int depth_ = 0, count_ = 0;
  double bytes_ = 0, freed_ = 0;
};

/// Which candidates stay, by position, and what shrinking may change about it.
struct CapSubject {
  std::span<const std::uint32_t> candidates;  ///< newest first
  KeepSlots& slots;
  std::vector<bool> held_otherwise;    ///< min_keep and tags: no slot, so nothing to take
  std::vector<bool> expired;           ///< gone by max_age, slot or not
  std::optional<std::size_t> current;  ///< kept for being current alone
};

/// Takes slots by highest averages until the caps hold or no rule has one left to give: the rule
/// with the most slots loses one; of equal ones that which costs the least to merge, then the
/// finer. For size and min_free the most slots x bytes; of equal ones the least bytes, then the
/// coarser. First of all goes what no rule of periods asks for: `current`, then the slots of
/// `oldest`.
std::vector<Shrunk> shrink_to_caps(CapMeter& meter, CapSubject& subject,
                                   const RetentionInput& input);

}  // namespace policy
